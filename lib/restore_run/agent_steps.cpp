#include "restore_run/agent_steps.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <jujubackup/error.hpp>

#include "base/signals_blocked.hpp"
#include "base/text.hpp"
#include "restore_run/hosts_and_services.hpp"
#include "restore_run/machine_update.hpp"

namespace jujubackup::restore_run {
namespace {

using namespace std::chrono_literals;
constexpr unsigned max_at_once = 64;

// Machines that several threads take one by one. The thread that made it takes the reports, and alone speaks to the caller.
class Updates {
 public:
  Updates(const UpdateAgents& step, std::vector<AgentMachine> machines, Hosts& hosts)
      : step_(step), machines_(std::move(machines)), hosts_(hosts) {
    const std::size_t count = std::min<std::size_t>(std::clamp(step.at_once, 1U, max_at_once), machines_.size());
    threads_.reserve(count);
    const SignalsBlocked no_signals_there;
    try {
      while (threads_.size() < count) threads_.emplace_back([this] { work(); });
    } catch (const std::system_error&) {
      // With fewer threads it only takes longer.
      if (threads_.empty()) throw;
    }
  }
  Updates(const Updates&) = delete;
  Updates& operator=(const Updates&) = delete;
  ~Updates() {
    stop_.cancel();
    for (std::thread& thread : threads_) thread.join();
  }

  // Hands over each report as it comes; Error(cancelled) once the job is.
  template <typename Take>
  void wait(const Job* job, const Take& take) {
    for (std::size_t taken = 0; taken < machines_.size();) {
      job_check(job);
      std::vector<MachineReport> reports;
      {
        std::unique_lock lock(mutex_);
        ready_.wait_for(lock, 50ms, [&] { return !reports_.empty(); });
        reports.swap(reports_);
      }
      for (MachineReport& report : reports) take(std::move(report));
      taken += reports.size();
    }
  }

 private:
  void work() noexcept {
    while (!stop_.cancelled()) {
      std::size_t mine = 0;
      {
        const std::scoped_lock lock(mutex_);
        if (next_ == machines_.size()) return;
        mine = next_++;
      }
      MachineReport report;
      try {
        report = update_machine(step_, machines_[mine], hosts_, &stop_);
      } catch (const std::exception& error) {
        if (stop_.cancelled()) return;
        report = {machines_[mine].machine_id, machines_[mine].model_uuid, machines_[mine].address, false, error.what()};
      }
      const std::scoped_lock lock(mutex_);
      reports_.push_back(std::move(report));
      ready_.notify_one();
    }
  }

  const UpdateAgents& step_;
  const std::vector<AgentMachine> machines_;
  Hosts& hosts_;
  Job stop_;  // of the threads' own: nobody calls back from there
  std::mutex mutex_;
  std::condition_variable ready_;
  std::size_t next_ = 0;
  std::vector<MachineReport> reports_;
  std::vector<std::thread> threads_;
};

bool is_of(const MachineReport& report, const AgentMachine& machine) {
  return report.machine_id == machine.machine_id && report.model_uuid == machine.model_uuid;
}

}  // namespace

Value prepare(const UpdateAgents&, StepContext&) { return {}; }

void act(const UpdateAgents& step, const Value&, StepContext& context) {
  if (controller_addresses(step).empty()) throw Error(ErrorCode::invalid_argument, "no address of the controller is known");
  Hosts& hosts = hosts_of(context);
  // Those that an earlier run was done with stay done.
  std::vector<MachineReport>& reports = context.report->machines;
  std::vector<AgentMachine> machines;
  for (const AgentMachine& machine : step.machines) {
    const auto same = [&](const MachineReport& report) { return is_of(report, machine); };
    const auto earlier = std::find_if(reports.begin(), reports.end(), same);
    if (earlier != reports.end() && earlier->updated) continue;
    if (earlier != reports.end()) reports.erase(earlier);
    machines.push_back(machine);
  }
  const std::size_t count = machines.size();
  std::size_t failed = 0;
  std::size_t ended = 0;
  Updates(step, std::move(machines), hosts).wait(context.job, [&](MachineReport report) {
    ++ended;
    failed += report.updated ? 0 : 1;
    job_note(context.job, std::to_string(ended) + " of " + std::to_string(count) + ": machine " + printable(report.machine_id) +
                              (report.updated ? ": " : " was not updated: ") + report.text);
    reports.push_back(std::move(report));
  });
  // In the order of the step, however they ended.
  const auto place = [&](const MachineReport& report) {
    return std::find_if(step.machines.begin(), step.machines.end(), [&](const AgentMachine& machine) { return is_of(report, machine); });
  };
  std::stable_sort(reports.begin(), reports.end(), [&](const MachineReport& a, const MachineReport& b) { return place(a) < place(b); });
  if (failed == 0) return;
  context.report->warnings.push_back("the agents of " + std::to_string(failed) + " of " + std::to_string(step.machines.size()) +
                                     " machines were not told of the new address; this step can be run again alone");
}

void undo(const UpdateAgents&, const Value&, StepContext&) {}

}  // namespace jujubackup::restore_run
