#include "restore_run/hosts_and_services.hpp"

#include <chrono>
#include <vector>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "base/wait.hpp"
#include "io/tcp_probe.hpp"

namespace jujubackup::restore_run {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto mongod_interval = 500ms;
constexpr auto agents_interval = 2s;
constexpr auto connect_timeout = 5s;
constexpr auto note_interval = 10s;

std::string seconds(std::chrono::seconds time) { return std::to_string(time.count()) + " s"; }

// Says what is waited for, at once and then now and again.
class WaitNotes {
 public:
  WaitNotes(StepContext& context, std::chrono::seconds timeout) : context_(context), timeout_(timeout) {}
  void say(const std::string& problem) {
    const Clock::time_point now = Clock::now();
    if (said_ && now < next_) return;
    const auto waited = std::chrono::duration_cast<std::chrono::seconds>(now - began_);
    job_note(context_.job, "waiting, " + seconds(waited) + " of up to " + seconds(timeout_) + ": " + problem);
    said_ = true;
    next_ = now + note_interval;
  }

 private:
  StepContext& context_;
  std::chrono::seconds timeout_;
  Clock::time_point began_ = Clock::now(), next_;
  bool said_ = false;
};

// Why not, as far as it can be known; "" if it is.
std::string inactive_problem(const ServiceOnHost& service, StepContext& context) {
  try {
    if (services_of(context).is_active(service.host, service.service, context.job)) return "";
    return printable(service.service) + " on " + place_of(service.host) + " does not run";
  } catch (const Error& error) {
    if (error.code() == ErrorCode::cancelled) throw;
    return "whether " + printable(service.service) + " runs is not known (" + error.what() + ")";
  }
}

}  // namespace

Services& services_of(StepContext& context) {
  if (context.tools.services == nullptr)
    throw Error(ErrorCode::invalid_argument, "services cannot be started and stopped: none were given");
  return *context.tools.services;
}

Hosts& hosts_of(StepContext& context) {
  if (context.tools.hosts == nullptr) throw Error(ErrorCode::invalid_argument, "other machines cannot be reached: no hosts were given");
  return *context.tools.hosts;
}

ControllerHost this_machine() {
  ControllerHost host;
  host.here = true;
  return host;
}

std::string place_of(const ControllerHost& host) {
  return host.here ? "this machine" : "machine " + printable(host.machine_id) + " at " + printable(host.address);
}

void wait_for_mongod(const StartDatabase& step, StepContext& context) {
  if (!services_of(context).runs(this_machine())) {
    context.report->warnings.push_back("nothing runs below another root: " + printable(step.service) + " was not started");
    return;
  }
  WaitNotes notes(context, step.timeout);
  std::string problem;
  const bool answers = wait_until(Clock::now() + step.timeout, mongod_interval, context.job, [&] {
    problem = tcp_problem(step.address, connect_timeout, context.job);
    if (problem.empty()) return true;
    if (!services_of(context).is_active(this_machine(), step.service, context.job)) {
      throw Error(ErrorCode::program,
                  "mongod (" + printable(step.service) + ") was started and ended again; see journalctl -u " + printable(step.service));
    }
    notes.say("mongod does not answer at " + printable(step.address) + " yet (" + problem + ")");
    return false;
  });
  if (answers) return;
  throw Error(ErrorCode::program, "mongod (" + printable(step.service) + ") did not answer at " + printable(step.address) + " within " +
                                      seconds(step.timeout) + ": " + problem + "; see journalctl -u " + printable(step.service));
}

void wait_for_agents(const WaitAgents& step, StepContext& context) {
  std::vector<ServiceOnHost> services;
  for (const ServiceOnHost& service : step.services) {
    if (services_of(context).runs(service.host)) {
      services.push_back(service);
    } else {
      context.report->warnings.push_back("nothing runs below another root: " + printable(service.service) + " was not started");
    }
  }
  if (services.empty()) return;
  WaitNotes notes(context, step.timeout);
  std::string problem;
  const bool healthy = wait_until(Clock::now() + step.timeout, agents_interval, context.job, [&] {
    problem.clear();
    for (const ServiceOnHost& service : services) {
      const std::string why = inactive_problem(service, context);
      if (!why.empty()) problem += (problem.empty() ? "" : "; ") + why;
    }
    const std::string api = step.api_address.empty() ? "" : tcp_problem(step.api_address, connect_timeout, context.job);
    if (!api.empty())
      problem += (problem.empty() ? "" : "; ") + ("the API does not answer at " + printable(step.api_address)) + " (" + api + ")";
    if (problem.empty()) return true;
    notes.say(problem);
    return false;
  });
  if (!healthy)
    context.report->warnings.push_back("not healthy within " + seconds(step.timeout) + ": " + problem + "; see journalctl there");
}

}  // namespace jujubackup::restore_run
