#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"

namespace capi = jujubackup::capi;

namespace {

void stop_unless_0(std::int32_t answer, const char* what) {
  if (answer != 0) throw jujubackup::Error(jujubackup::ErrorCode::cancelled, std::string("stopped by the ") + what + " callback");
}

}  // namespace

jjb_job* jjb_job_new(void) {
  try {
    return new jjb_job{std::make_shared<jujubackup::Job>()};
  } catch (...) {
    return nullptr;
  }
}

void jjb_job_cancel(jjb_job* job) {
  if (job != nullptr) job->job->cancel();
}

int32_t jjb_job_get_cancelled(const jjb_job* job) { return job != nullptr && job->job->cancelled() ? 1 : 0; }

void jjb_job_get_progress(const jjb_job* job, int32_t* phase, uint64_t* done_bytes, uint64_t* total_bytes) {
  const jujubackup::Progress progress = job == nullptr ? jujubackup::Progress{} : job->job->snapshot();
  if (phase != nullptr) *phase = static_cast<std::int32_t>(progress.phase);
  if (done_bytes != nullptr) *done_bytes = progress.done_bytes;
  if (total_bytes != nullptr) *total_bytes = progress.total_bytes;
}

int32_t jjb_job_set_progress_callback(jjb_job* job, jjb_progress_callback callback, void* user, jjb_destroy_callback destroy,
                                      jjb_error** error) {
  capi::User owner(user, destroy);
  return capi::guard(error, [&] {
    capi::require(job, "job");
    if (callback == nullptr) return job->job->on_progress(nullptr);
    auto shared = std::make_shared<capi::User>(std::move(owner));
    job->job->on_progress([callback, shared](const jujubackup::Progress& progress) {
      stop_unless_0(callback(shared->get(), static_cast<std::int32_t>(progress.phase), progress.done_bytes, progress.total_bytes),
                    "progress");
    });
  });
}

int32_t jjb_job_set_note_callback(jjb_job* job, jjb_note_callback callback, void* user, jjb_destroy_callback destroy, jjb_error** error) {
  capi::User owner(user, destroy);
  return capi::guard(error, [&] {
    capi::require(job, "job");
    if (callback == nullptr) return job->job->on_note(nullptr);
    auto shared = std::make_shared<capi::User>(std::move(owner));
    job->job->on_note(
        [callback, shared](std::string_view text) { stop_unless_0(callback(shared->get(), std::string(text).c_str()), "note"); });
  });
}

int32_t jjb_job_set_threads(jjb_job* job, uint32_t threads) {
  if (job == nullptr) return JJB_STATUS_INVALID_ARGUMENT;
  job->job->set_threads(threads);
  return JJB_STATUS_OK;
}

void jjb_job_free(jjb_job* job) { delete job; }

const char* jjb_phase_get_name(int32_t phase) { return jujubackup::name_of(static_cast<jujubackup::Phase>(phase)).data(); }
