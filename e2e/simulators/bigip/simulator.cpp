// SPDX-License-Identifier: Apache-2.0
#include "e2e/simulators/bigip/simulator.hpp"

#include <mutex>

#include "e2e/simulators/bigip/as3.hpp"
#include "e2e/simulators/bigip/auth.hpp"
#include "e2e/simulators/bigip/control.hpp"
#include "e2e/simulators/bigip/icontrol.hpp"

namespace sallyport::simulators {

namespace bigip {

namespace {

constexpr std::string_view kAs3 = "/mgmt/shared/appsvcs/";
constexpr std::string_view kTokens = "/mgmt/shared/authz/tokens/";
constexpr const char* kDownPage =
    "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>503 Service Unavailable</title>\n"
    "</head><body>\n<h1>Service Unavailable</h1>\n<p>The server is temporarily unable to service your\nrequest due to "
    "maintenance downtime or capacity\nproblems. Please try again later.</p>\n</body></html>\n";

http::Outgoing down_page() {
  http::Outgoing out;
  out.status = 503;
  out.content_type = "text/html; charset=iso-8859-1";
  out.body = kDownPage;
  return out;
}

http::Outgoing not_registered(Group& group, const http::Incoming& incoming) {
  return reply(404,
               {{"code", 404},
                {"message", "Public URI path not registered: " + incoming.path().substr(std::string("/mgmt").size())},
                {"referer", incoming.peer},
                {"restOperationId", group.next_id()},
                {"kind", ":resterrorresponse"}});
}

class Device final : public System {
 public:
  explicit Device(const Options& options) : group_(options) {}

  Answer answer(const http::Incoming& request, int number) override {
    const std::lock_guard lock(mutex_);
    group_.settle();
    Unit& unit = group_.unit(number);
    Answer answer;
    if (group_.now() < unit.up_again) {
      answer.out.drop_connection = true;
      return answer;
    }
    if (group_.now() < unit.rest_back) {
      answer.out = down_page();
      return answer;
    }
    const std::string path = request.path();
    if (path == "/mgmt/shared/authn/login" && request.method == "POST") return login(group_, unit, request);
    auto who = authenticate(group_, unit, request);
    if (!who) {
      answer.out = std::move(who.error());
      return answer;
    }
    answer = route(unit, request, *who);
    answer.who = *who;
    return answer;
  }

  http::Outgoing control(const http::Incoming& request, int number) override {
    const std::lock_guard lock(mutex_);
    group_.settle();
    return answer_control(group_, number, request);
  }

 private:
  Answer route(Unit& unit, const http::Incoming& request, const std::string& who) {
    const std::string path = request.path();
    if (path.starts_with(kTokens)) return token_request(group_, unit, request, who);
    Answer answer;
    if (path.starts_with(kAs3)) {
      if (!unit.as3_installed || group_.now() < unit.as3_back) {
        answer.out = not_registered(group_, request);
        return answer;
      }
      if (group_.accounts()[who].role != "admin") {
        answer.out =
            failure(403, "Authorization failed: user=https://localhost/mgmt/shared/authz/users/" + who +
                             " resource=" + path.substr(std::string("/mgmt").size()) + " verb=" + request.method);
        return answer;
      }
      return answer_as3(group_, unit, request);
    }
    if (path == "/mgmt/tm/cm" || path.starts_with("/mgmt/tm/")) return answer_icontrol(group_, unit, request);
    answer.out = not_registered(group_, request);
    return answer;
  }

  std::mutex mutex_;
  Group group_;
};

}  // namespace

}  // namespace bigip

Result<std::unique_ptr<Simulator>> make_bigip(const Options& options) {
  if (options.password.empty()) return Error{Code::InvalidSpec, "a BIG-IP needs a password", "--password", {}};
  if (options.units < 1 || options.units > 2) return Error{Code::InvalidSpec, "1 or 2 units", "--units", {}};
  return make_front(options, std::make_unique<bigip::Device>(options));
}

}  // namespace sallyport::simulators
