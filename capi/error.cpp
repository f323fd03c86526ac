#include <cstdlib>
#include <cstring>
#include <new>

#include "callbacks.hpp"
#include "guard.hpp"
#include "handles.hpp"

namespace jujubackup::capi {
namespace {

bool is_error_code(std::int32_t status) {
  return status >= static_cast<std::int32_t>(ErrorCode::invalid_argument) && name_of(static_cast<ErrorCode>(status)) != "unknown";
}

void give(jjb_error** error, const Error& from) noexcept {
  if (error == nullptr) return;
  try {
    *error = new jjb_error{
        static_cast<std::int32_t>(from.code()), from.message(), from.what(), from.context(), from.retry_may_help(), from.system_error()};
  } catch (...) {
    *error = nullptr;
  }
}

}  // namespace

std::int32_t status_of_current_exception(jjb_error** error) noexcept {
  try {
    throw;
  } catch (const Error& caught) {
    give(error, caught);
    return static_cast<std::int32_t>(caught.code());
  } catch (const std::bad_alloc&) {
    if (error != nullptr) *error = jjb_error_new(JJB_STATUS_NO_MEMORY, "out of memory", 1);
    return JJB_STATUS_NO_MEMORY;
  } catch (const std::exception& caught) {
    if (error != nullptr) *error = jjb_error_new(JJB_STATUS_INTERNAL, caught.what(), 0);
    return JJB_STATUS_INTERNAL;
  } catch (...) {
    if (error != nullptr) *error = jjb_error_new(JJB_STATUS_INTERNAL, "unknown exception", 0);
    return JJB_STATUS_INTERNAL;
  }
}

char* dup_text(const std::string& text) {
  // Up to the first zero byte: nothing behind it could be seen by the caller, nor wiped by jjb_string_free.
  const std::size_t length = std::strlen(text.c_str());
  auto* copy = static_cast<char*>(std::malloc(length + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), length + 1);
  return copy;
}

Error table_refused(const char* name) {
  return {ErrorCode::invalid_argument, std::string(name) + " is null or was not filled by its init function"};
}

void check_callback(std::int32_t status, jjb_error* error, const char* what) {
  const std::unique_ptr<jjb_error> owned(error);
  if (status == JJB_STATUS_OK) return;
  if (status == JJB_STATUS_NO_MEMORY) throw std::bad_alloc();
  const ErrorCode code = is_error_code(status) ? static_cast<ErrorCode>(status) : ErrorCode::io;
  if (owned != nullptr && !owned->message.empty()) {
    Error told(code, owned->message, owned->retry);
    for (auto line = owned->context.rbegin(); line != owned->context.rend(); ++line) told.add_context(*line);
    throw Error(told);
  }
  throw Error(code, std::string(what) + " callback failed with status " + std::to_string(status));
}

}  // namespace jujubackup::capi

using jujubackup::capi::at;

jjb_error* jjb_error_new(int32_t status, const char* message, int32_t retry) {
  try {
    const bool known = jujubackup::capi::is_error_code(status) || status == JJB_STATUS_NO_MEMORY;
    const std::string text = message == nullptr ? "" : message;
    return new jjb_error{known ? status : static_cast<std::int32_t>(JJB_STATUS_INTERNAL), text, text, {}, retry != 0, 0};
  } catch (...) {
    return nullptr;
  }
}

int32_t jjb_error_get_code(const jjb_error* error) { return error == nullptr ? static_cast<std::int32_t>(JJB_STATUS_OK) : error->code; }
const char* jjb_error_get_message(const jjb_error* error) { return error == nullptr ? "" : error->message.c_str(); }
const char* jjb_error_get_text(const jjb_error* error) { return error == nullptr ? "" : error->text.c_str(); }
size_t jjb_error_get_context_count(const jjb_error* error) { return error == nullptr ? 0 : error->context.size(); }
const char* jjb_error_get_context(const jjb_error* error, size_t index) {
  const std::string* line = error == nullptr ? nullptr : at(error->context, index);
  return line == nullptr ? nullptr : line->c_str();
}
int32_t jjb_error_get_retry(const jjb_error* error) { return error != nullptr && error->retry ? 1 : 0; }
int32_t jjb_error_get_system_error(const jjb_error* error) { return error == nullptr ? 0 : error->system_error; }
void jjb_error_free(jjb_error* error) { delete error; }

// The names of enumerators are literals, so they end with a zero byte.
const char* jjb_status_get_name(int32_t status) {
  if (status == JJB_STATUS_OK) return "ok";
  if (status == JJB_STATUS_NO_MEMORY) return "no-memory";
  return jujubackup::name_of(static_cast<jujubackup::ErrorCode>(status)).data();
}

void jjb_string_free(char* text) {
  if (text == nullptr) return;
  // Some texts are secrets, and no text is long enough for this to matter.
  ::explicit_bzero(text, std::strlen(text));
  std::free(text);
}
