// SPDX-License-Identifier: Apache-2.0
#include "reconcilers/nginx_agent/nginx.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "operator/base/text.hpp"
#include "operator/base/whole_file.hpp"
#include "operator/http/client.hpp"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX wants it declared

namespace sallyport::nginx_agent {
namespace {

constexpr std::size_t kMostSaid = 65536;
constexpr std::size_t kCommLength = 15;  // proc(5)
constexpr std::chrono::seconds kStatusDeadline{2};

Error failed(std::string_view doing, int number) {
  return Error{Code::Unavailable, std::string(doing) + ": " + std::generic_category().message(number), {}, {}};
}

/// Both ends of a pipe, closed when it goes.
class Pipe {
 public:
  Pipe() { ok_ = ::pipe2(ends_.data(), O_CLOEXEC) == 0; }
  ~Pipe() {
    close_writer();
    if (ok_) ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] int writer() const { return ends_[1]; }
  void close_writer() {
    if (ok_ && ends_[1] >= 0) ::close(std::exchange(ends_[1], -1));
  }
  /// Until the last writer has closed; nothing when that takes longer than it may.
  [[nodiscard]] std::optional<std::string> read_all(std::chrono::milliseconds patience) const {
    const auto end = std::chrono::steady_clock::now() + patience;
    std::string text;
    std::array<char, 4096> part{};
    while (true) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
      pollfd ready{ends_[0], POLLIN, 0};
      const int found = ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
      if (found < 0 && errno == EINTR) continue;
      if (found <= 0) return std::nullopt;
      const ssize_t got = ::read(ends_[0], part.data(), part.size());
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return text;
      if (text.size() < kMostSaid) text.append(part.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  std::array<int, 2> ends_{-1, -1};
  bool ok_ = false;
};

/// Signals are blocked in us, for one thread takes them; a child would inherit that, and could not be told to stop.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    ::posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  ~SpawnAttributes() { ::posix_spawnattr_destroy(&attributes_); }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

class NginxProcess final : public Nginx {
 public:
  explicit NginxProcess(NginxOptions options) : options_(std::move(options)) {}

  Result<Judgement> test(const std::string& main_file) override {
    Pipe said;
    if (!said.ok()) return failed("make a pipe", errno);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, said.writer(), STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, said.writer(), STDOUT_FILENO);
    const std::array<std::string, 5> words{options_.program, "-t", "-q", "-c", main_file};
    std::array<char*, 6> arguments{};
    for (std::size_t i = 0; i < words.size(); ++i) arguments[i] = const_cast<char*>(words[i].c_str());
    const SpawnAttributes attributes;
    pid_t child = 0;
    const int failure =
        ::posix_spawnp(&child, options_.program.c_str(), &actions, attributes.get(), arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return failed("run " + options_.program, failure);
    said.close_writer();
    const std::optional<std::string> words_said = said.read_all(options_.patience);
    if (!words_said) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!words_said) return Error{Code::Unavailable, "does not end", options_.program + " -t", {}};
    // One that was killed has judged nothing.
    if (!WIFEXITED(status)) return Error{Code::Unavailable, "was ended by a signal", options_.program + " -t", {}};
    return Judgement{WEXITSTATUS(status) == 0, *words_said};
  }

  Result<void> reload() override {
    const std::string text = TRY(read_whole_file(options_.pid_file, 64));
    const std::string_view digits = trim(text);
    pid_t pid = 0;
    const auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), pid);
    if (bad != std::errc{} || end != digits.data() + digits.size() || pid <= 1) {
      return Error{Code::NotFound, "holds no process id", options_.pid_file, {}};
    }
    // The file may be one that a machine's crash left, and the number somebody else's by now.
    const auto name = read_whole_file("/proc/" + std::to_string(pid) + "/comm", 64);
    const std::string expected = std::filesystem::path(options_.program).filename().string().substr(0, kCommLength);
    if (!name || trim(*name) != expected) {
      return Error{Code::NotFound, "nginx does not run", options_.pid_file, {}};
    }
    if (::kill(pid, SIGHUP) == 0) return {};
    if (errno == ESRCH) return Error{Code::NotFound, "nginx does not run", options_.pid_file, {}};
    return failed("signal nginx", errno);
  }

  Result<std::string> running() override {
    // A connection of its own: one from before a reload would still be answered by an old worker.
    auto client = TRY(http::make_client({.base_url = "http://" + options_.status_address}));
    http::Request request;
    request.target = "/generation";
    const http::Response answer = TRY(client->send(request, kStatusDeadline, {}));
    if (!answer.ok()) {
      return Error{Code::NotFound, "answers " + std::to_string(answer.status), options_.status_address, {}};
    }
    return std::string(trim(answer.body));
  }

 private:
  const NginxOptions options_;
};

}  // namespace

std::unique_ptr<Nginx> make_nginx(NginxOptions options) {
  return std::make_unique<NginxProcess>(std::move(options));
}

}  // namespace sallyport::nginx_agent
