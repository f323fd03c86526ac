#include "database/tool_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <span>
#include <utility>

#include <jujubackup/error.hpp>

#include "io/temp_file.hpp"
#include "io/walk.hpp"
#include "machine/mongo_tool.hpp"

namespace jujubackup::database {
namespace {

constexpr std::size_t max_line_bytes = std::size_t{64} << 10;

}  // namespace

ToolLog::ToolLog(const std::string& path, std::string password) : path_(path), password_(std::move(password)) {
  if (path_.empty()) return;
  const std::size_t slash = path_.rfind('/');
  if (slash != std::string::npos && slash > 0) make_directories(path_.substr(0, slash));
  file_ = Fd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file_ || ::fchmod(file_.get(), 0600) != 0) throw Error::from_errno(errno, "opening " + path_);
}

void ToolLog::take(std::string_view text) noexcept {
  if (!file_) return;
  try {
    for (;;) {
      const std::size_t end = text.find('\n');
      line_ += text.substr(0, end);
      if (end == std::string_view::npos) break;
      write_line(std::exchange(line_, {}));
      text.remove_prefix(end + 1);
    }
    if (line_.size() > max_line_bytes) {
      line_ = machine::without_password(std::move(line_), password_, false);
      // The end of it may be the beginning of a password, quoted at worst.
      const std::size_t kept_back = std::min(line_.size(), 4 * password_.size());
      write_line(line_.substr(0, line_.size() - kept_back));
      line_.erase(0, line_.size() - kept_back);
    }
  } catch (const std::exception& error) {
    if (problem_.empty()) problem_ = error.what();
  }
}

std::string ToolLog::finish() {
  if (!file_) return "";
  try {
    if (!line_.empty()) write_line(std::exchange(line_, {}));
    sync_fd(file_.get(), path_);
    file_.close(path_.c_str());
  } catch (const Error& error) {
    if (problem_.empty()) problem_ = error.what();
  }
  return problem_;
}

void ToolLog::write_line(std::string line) {
  if (!problem_.empty()) return;
  line = machine::without_password(std::move(line), password_, false) + "\n";
  if (written_bytes_ + line.size() > max_bytes) throw Error(ErrorCode::limit, path_ + ": the tool says more than is kept");
  write_all(file_.get(), std::as_bytes(std::span(line)), path_);
  written_bytes_ += line.size();
}

}  // namespace jujubackup::database
