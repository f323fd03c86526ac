// Carrying out the plan of a restore.
#include <jujubackup/restore_run.hpp>

#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"
#include "restore_tools.hpp"

namespace capi = jujubackup::capi;
using capi::guard;
using jujubackup::RestoreEvent;
using jujubackup::RunOptions;
using jujubackup::StepState;

namespace {

// What is said of an event beside its step's name.
std::string text_of(const RestoreEvent& event) {
  if (event.step == nullptr || event.kind == RestoreEvent::Kind::note) return std::string(event.text);
  switch (event.kind) {
    case RestoreEvent::Kind::step_begins: return event.step->step.what;
    case RestoreEvent::Kind::undo_begins: return event.step->step.undo;
    default: break;
  }
  const bool failed = event.step->state == StepState::failed || event.step->state == StepState::undo_failed;
  return failed ? event.step->message : "";
}

// The caller's table for the time of a call. Made first of all, so that its destroy callback runs in any case.
class Callbacks {
 public:
  explicit Callbacks(const jjb_restore_callbacks* callbacks) : given_(callbacks), user_(capi::take_user(callbacks)) {}

  void read() {
    if (given_ != nullptr) table_ = capi::copy_table(given_, "restore callbacks");
  }

  void confirm(const jjb_restore_plan& plan) const {
    if (table_.confirm == nullptr || table_.confirm(user_.get(), &plan) == 0) return;
    throw jujubackup::Error(jujubackup::ErrorCode::cancelled, "the restore was not confirmed");
  }

  // Lends this object to the result.
  RunOptions options(bool undo_on_failure) const {
    RunOptions options;
    options.undo_on_failure = undo_on_failure;
    if (table_.event != nullptr) {
      options.on_event = [this](const RestoreEvent& event) { tell(event); };
    }
    return options;
  }

 private:
  void tell(const RestoreEvent& event) const {
    const std::string text = text_of(event);
    const char* name = event.step == nullptr ? "" : event.step->step.name.c_str();
    const std::int32_t state = event.step == nullptr ? 0 : static_cast<std::int32_t>(event.step->state);
    if (table_.event(user_.get(), static_cast<std::int32_t>(event.kind), event.index, event.count, name, state, text.c_str()) == 0) return;
    throw jujubackup::Error(jujubackup::ErrorCode::cancelled, "stopped by the event callback");
  }

  const jjb_restore_callbacks* given_;
  capi::User user_;
  jjb_restore_callbacks table_{};
};

jujubackup::RestorePlace place_of(const char* root, const char* work_dir) {
  jujubackup::RestorePlace place;
  if (root != nullptr) place.root = root;
  if (work_dir != nullptr) place.work_dir = work_dir;
  return place;
}

// The names of what blocks a plan; "" if nothing does.
std::string blockers_of(const jujubackup::RestorePlan& plan) {
  std::string names;
  for (const jujubackup::RestoreCheck& check : plan.checks) {
    if (check.state == jujubackup::CheckState::blocker) names += (names.empty() ? "" : ", ") + check.name;
  }
  return names;
}

}  // namespace

int32_t jjb_restore_run(const jjb_restore_plan* plan, jjb_archive* archive, const jjb_restore_tools* tools,
                        const jjb_restore_callbacks* callbacks, int32_t undo_on_failure, jjb_job* job, jjb_restore_report** report,
                        jjb_error** error) {
  Callbacks told(callbacks);
  return guard(error, [&] {
    jjb_restore_report*& out = capi::result(report, "report");
    told.read();
    const auto shared = capi::share(job);
    const jujubackup::RestorePlan& planned = capi::require(plan, "plan").plan;
    jujubackup::Archive& from = capi::require(archive, "archive").archive;
    // Before anybody is asked about it.
    const std::string blockers = blockers_of(planned);
    if (!blockers.empty()) capi::refuse("the plan is blocked by its checks: " + blockers);
    const capi::RestoreCall call(tools);
    auto made = std::make_unique<jjb_restore_report>();
    told.confirm(*plan);
    made->report = jujubackup::run_restore(planned, from, call.tools(), told.options(undo_on_failure != 0), shared.get());
    out = made.release();
  });
}

int32_t jjb_restore_find(const char* root, const char* work_dir, jjb_restore_report** report, jjb_error** error) {
  return guard(error, [&] {
    jjb_restore_report*& out = capi::result(report, "report");
    auto found = jujubackup::find_restore(place_of(root, work_dir));
    if (found) out = new jjb_restore_report{std::move(*found)};
  });
}

int32_t jjb_restore_resume(const char* root, const char* work_dir, jjb_archive* archive, const jjb_restore_tools* tools,
                           const jjb_restore_callbacks* callbacks, int32_t undo_on_failure, jjb_job* job, jjb_restore_report** report,
                           jjb_error** error) {
  Callbacks told(callbacks);
  return guard(error, [&] {
    jjb_restore_report*& out = capi::result(report, "report");
    told.read();
    const auto shared = capi::share(job);
    jujubackup::Archive& from = capi::require(archive, "archive").archive;
    const capi::RestoreCall call(tools);
    auto made = std::make_unique<jjb_restore_report>();
    made->report =
        jujubackup::resume_restore(place_of(root, work_dir), from, call.tools(), told.options(undo_on_failure != 0), shared.get());
    out = made.release();
  });
}

int32_t jjb_restore_undo(const char* root, const char* work_dir, const jjb_restore_tools* tools, const jjb_restore_callbacks* callbacks,
                         jjb_job* job, jjb_restore_report** report, jjb_error** error) {
  Callbacks told(callbacks);
  return guard(error, [&] {
    capi::clear(report);
    told.read();
    const auto shared = capi::share(job);
    const capi::RestoreCall call(tools);
    auto made = std::make_unique<jjb_restore_report>();
    made->report = jujubackup::undo_restore(place_of(root, work_dir), call.tools(), told.options(true), shared.get());
    if (report != nullptr) *report = made.release();
  });
}

int32_t jjb_restore_commit(const char* root, const char* work_dir, jjb_job* job, jjb_error** error) {
  return guard(error, [&] {
    const auto shared = capi::share(job);
    jujubackup::commit_restore(place_of(root, work_dir), shared.get());
  });
}

int32_t jjb_restore_update_agents(const char* root, const char* work_dir, const jjb_restore_tools* tools,
                                  const jjb_restore_callbacks* callbacks, jjb_job* job, jjb_restore_report** report, jjb_error** error) {
  Callbacks told(callbacks);
  return guard(error, [&] {
    jjb_restore_report*& out = capi::result(report, "report");
    told.read();
    const auto shared = capi::share(job);
    const capi::RestoreCall call(tools);
    auto made = std::make_unique<jjb_restore_report>();
    made->report = jujubackup::update_agents_again(place_of(root, work_dir), call.tools(), told.options(true), shared.get());
    out = made.release();
  });
}

void jjb_restore_callbacks_init(jjb_restore_callbacks* callbacks) {
  if (callbacks == nullptr) return;
  *callbacks = {};
  callbacks->size = sizeof(*callbacks);
}
