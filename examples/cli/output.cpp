#include "output.hpp"

#include <fcntl.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkostemp
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include <jujubackup/error.hpp>

#include "document.hpp"

namespace cli {

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

OutputFile::OutputFile(const std::string& path)
    : path_(path), directory_(directory_of(path)), temporary_(directory_ + "/.jujubackup-XXXXXX") {
  // Makes it 0600.
  fd_ = ::mkostemp(temporary_.data(), O_CLOEXEC);
  if (fd_ < 0) throw jujubackup::Error::from_errno(errno, "making " + printable(path));
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::write(std::span<const std::byte> bytes) { jujubackup::DescriptorSink(fd_, path_).write(bytes); }

void OutputFile::commit(bool replace) {
  const std::string doing = "writing " + printable(path_);
  // Some file systems cannot sync, and say so.
  if (::fsync(fd_) != 0 && errno != EINVAL && errno != ENOTSUP) throw jujubackup::Error::from_errno(errno, doing);
  const int fd = fd_;
  fd_ = -1;
  if (::close(fd) != 0) throw jujubackup::Error::from_errno(errno, doing);
  if (replace) {
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw jujubackup::Error::from_errno(errno, doing);
    temporary_.clear();
  } else if (::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0) {
    temporary_.clear();
  } else if (errno == EEXIST || ::link(temporary_.c_str(), path_.c_str()) != 0) {
    if (errno != EEXIST) throw jujubackup::Error::from_errno(errno, doing);
    throw jujubackup::Error(jujubackup::ErrorCode::exists, "file " + printable(path_) + " exists already; --force replaces it");
  }
  const int directory = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;
  ::fsync(directory);
  ::close(directory);
}

void check_can_save(const std::string& path, const Arguments& arguments) {
  if (path == "-") return;
  struct stat info {};
  const bool exists = ::lstat(path.c_str(), &info) == 0;
  if (exists && (S_ISDIR(info.st_mode) || !arguments.has("force"))) {
    const std::string what = S_ISDIR(info.st_mode) ? " is a directory" : " exists already; --force replaces it";
    throw jujubackup::Error(jujubackup::ErrorCode::exists, "file " + printable(path) + what);
  }
  if (::access(directory_of(path).c_str(), W_OK | X_OK) != 0) throw jujubackup::Error::from_errno(errno, "open " + printable(path));
}

void copy(jujubackup::Source& source, jujubackup::Sink& sink, Context& context) {
  context.job.begin(jujubackup::Phase::copying, source.size().value_or(0));
  std::vector<std::byte> buffer(std::size_t{1} << 18);
  while (const std::size_t got = source.read(buffer)) {
    sink.write(std::span(buffer).first(got));
    context.job.advance(got);
  }
}

void copy_to_output(jujubackup::Source& source, Context& context) {
  jujubackup::DescriptorSink output(STDOUT_FILENO, "standard output");
  copy(source, output, context);
}

void save(jujubackup::Source& source, const std::string& path, Context& context) {
  if (path == "-") {
    copy_to_output(source, context);
    return;
  }
  try {
    jujubackup::save_file(source, path, context.arguments.has("force"), &context.job);
  } catch (jujubackup::Error& error) {
    if (error.code() != jujubackup::ErrorCode::exists) throw;
    throw jujubackup::Error(error.code(), "file " + printable(path) + " exists already; --force replaces it");
  }
}

}  // namespace cli
