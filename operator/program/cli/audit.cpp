// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "operator/audit/verify.hpp"
#include "operator/base/text.hpp"
#include "operator/program/cli/cli.hpp"
#include "operator/program/cli/table.hpp"

namespace sallyport::program::cli {
namespace {

nlohmann::ordered_json to_json(const audit::Report& report) {
  nlohmann::ordered_json open = nlohmann::ordered_json::array();
  for (const audit::OpenIntent& intent : report.open) {
    open.push_back({{"seq", intent.seq},
                    {"time", intent.time},
                    {"object", intent.object},
                    {"target", intent.target},
                    {"action", intent.action},
                    {"accepted", intent.accepted},
                    {"outsideId", intent.outside_id}});
  }
  nlohmann::ordered_json out = {
      {"ok", !report.broken},       {"lines", report.lines},           {"intents", report.intents},
      {"results", report.results},  {"recoveries", report.recoveries}, {"firstSeq", report.first_seq},
      {"lastSeq", report.last_seq}, {"lastHash", report.last_hash},    {"open", std::move(open)}};
  if (report.unfinished > 0) out["unfinished"] = {{"line", report.unfinished}};
  if (report.broken) out["broken"] = {{"line", report.broken->line}, {"why", report.broken->why}};
  return out;
}

void print(std::ostream& out, const std::string& file, const audit::Report& report) {
  if (report.broken) {
    out << file << ": the chain is broken at line " << report.broken->line << ": " << one_line(report.broken->why)
        << "\n"
        << "  lines that hold before that: " << report.lines << "; what follows proves nothing\n";
  } else if (report.lines == 0) {
    out << file << ": there is no whole line, and so no chain\n";
  } else {
    out << file << ": the chain holds\n"
        << "  lines " << report.lines << " (seq " << report.first_seq << " to " << report.last_seq << "), intents "
        << report.intents << ", results " << report.results << ", recoveries " << report.recoveries << "\n"
        << "  last hash " << report.last_hash << ": compare it with a copy kept elsewhere, for nothing in the file\n"
        << "  tells whether its last line was changed, or others taken away after it\n";
  }
  if (report.unfinished > 0) {
    out << "  line " << report.unfinished
        << " has no end: it is being written, or a crash cut it off, and the next start\n"
        << "  sets it aside\n";
  }
  if (report.first_seq > 1) out << "  begins at seq " << report.first_seq << ": what came before is not in this file\n";
  out << "  open intents " << report.open.size() << (report.open.empty() ? "\n" : ": begun, and no end is known\n");
  if (report.open.empty()) return;
  Table table({"SEQ", "TIME", "ACTION", "OBJECT", "TARGET", "ACCEPTED AS"});
  for (const audit::OpenIntent& intent : report.open) {
    const std::string id = intent.outside_id.empty() ? "(no id)" : intent.outside_id;
    table.add({std::to_string(intent.seq), intent.time, intent.action, intent.object, intent.target,
               intent.accepted ? id : ""});
  }
  table.print(out, 4);
}

}  // namespace

void add_audit(CLI::App& app, Context& context) {
  CLI::App* group = app.add_subcommand("audit", "Look at an audit log");
  group->require_subcommand(1);
  CLI::App* command = group->add_subcommand(
      "verify",
      "Check that the lines of an audit log follow each other as they were written: none changed but perhaps the last, "
      "none added, none taken away but at the ends; 1 when the chain is broken");
  auto file = std::make_shared<std::string>();
  command->add_option("file", *file, "The log, as written by run --audit-log")->required();
  add_output(*command, context);
  command->callback([file, &context] {
    const Result<audit::Report> report = audit::verify(*file);
    if (!report) return fail(context, "audit verify", report.error());
    if (context.json) {
      *context.out << to_json(*report).dump(2) << "\n";
    } else {
      print(*context.out, *file, *report);
    }
    context.exit_code = report->broken ? 1 : 0;
  });
}

}  // namespace sallyport::program::cli
