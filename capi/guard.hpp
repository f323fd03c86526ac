// The one place where exceptions become a status and an error object. Every function of the C header that can fail is
// `return guard(error, [&] { ... });`.
#pragma once

#include <cstdint>
#include <string>

#include <jujubackup/jujubackup.h>
#include <jujubackup/error.hpp>

namespace jujubackup::capi {

// To be called in a catch block. Sets `*error` if `error` is not null.
std::int32_t status_of_current_exception(jjb_error** error) noexcept;

template <typename F>
std::int32_t guard(jjb_error** error, F&& f) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    f();
    return JJB_STATUS_OK;
  } catch (...) {
    return status_of_current_exception(error);
  }
}

[[noreturn]] inline void refuse(std::string message) { throw Error(ErrorCode::invalid_argument, std::move(message)); }

// `*pointer`, or Error(invalid_argument).
template <typename T>
T& require(T* pointer, const char* name) {
  if (pointer == nullptr) refuse(std::string(name) + " is null");
  return *pointer;
}

inline std::string require_text(const char* text, const char* name) {
  if (text == nullptr) refuse(std::string(name) + " is null");
  return text;
}

// The place of a result, set to null or 0 beforehand so that it is so on failure.
template <typename T>
T& result(T* place, const char* name) {
  T& value = require(place, name);
  value = T{};
  return value;
}

// The same for a result that the caller may not want.
template <typename T>
void clear(T* place) {
  if (place != nullptr) *place = T{};
}

// A copy for jjb_string_free.
char* dup_text(const std::string& text);

}  // namespace jujubackup::capi
