#include "restore_run/private_stage.hpp"

#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include <jujubackup/error.hpp>

#include "io/walk.hpp"

namespace jujubackup::restore_run {

std::string new_stage_path(const std::string& parent) {
  std::array<unsigned char, 12> random{};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) throw Error::from_errno(errno, "drawing a name");
  constexpr const char* digits = "0123456789abcdef";
  std::string name = "jujubackup-restore-";
  for (const unsigned char byte : random) {
    name += digits[byte >> 4];
    name += digits[byte & 15];
  }
  return join_path(parent, name);
}

PrivateStage::PrivateStage(const std::string& path) {
  if (path.empty()) throw Error(ErrorCode::internal, "a staging folder without a name");
  remove_stage(path);
  make_directories(path.substr(0, path.rfind('/')));
  if (::mkdir(path.c_str(), 0700) != 0) throw Error::from_errno(errno, "making " + path);
  path_ = path;
}

PrivateStage::~PrivateStage() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void PrivateStage::remove() {
  remove_stage(path_);
  path_.clear();
}

void remove_stage(const std::string& path) {
  if (path.empty()) return;
  const FileInfo info = look_at(path);
  if (info.kind == FileKind::missing) return;
  if (info.kind != FileKind::directory || info.uid != static_cast<std::int64_t>(::geteuid())) {
    throw Error(ErrorCode::permission, path + ": is not the staging folder that was made there");
  }
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) throw Error::from_errno(error.value(), "removing " + path);
}

}  // namespace jujubackup::restore_run
