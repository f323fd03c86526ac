// An Error(corrupt) or Error(unsupported) that also carries the code of the finding it is to verify.
#pragma once

#include <string>

#include <jujubackup/error.hpp>

namespace jujubackup {

class ArchiveFault : public Error {
 public:
  // `code` is a string literal, e.g. "gzip-truncated".
  ArchiveFault(const char* code, std::string where, const std::string& message, ErrorCode error = ErrorCode::corrupt)
      : Error(error, where.empty() ? message : where + ": " + message), code_(code), where_(std::move(where)), text_(message) {}
  const char* finding() const noexcept { return code_; }
  const std::string& where() const noexcept { return where_; }
  const std::string& text() const noexcept { return text_; }

 private:
  const char* code_;
  std::string where_;
  std::string text_;
};

}  // namespace jujubackup
