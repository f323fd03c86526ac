#include "server/waiting_archives.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <vector>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "io/source.hpp"
#include "io/walk.hpp"
#include "server/random.hpp"

namespace jujubackup {
namespace {

constexpr std::string_view random_prefix = "jujuBackup-", random_file = "juju-backup.tar.gz";
constexpr std::string_view dated_prefix = "juju-backup-", dated_suffix = ".tar.gz";
constexpr std::string_view away_prefix = ".sent-";
constexpr std::size_t random_digits = 10, dated_size = 15;
constexpr int seconds_to_try = 60;
constexpr std::size_t read_bytes = std::size_t{1} << 18;

bool all_of_set(std::string_view text, std::string_view set) { return text.find_first_not_of(set) == std::string_view::npos; }

std::string local_compact(std::int64_t seconds) {
  const auto when = static_cast<std::time_t>(seconds);
  std::tm parts{};
  ::localtime_r(&when, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y%m%d-%H%M%S", &parts)};
}

std::string directory_of(const std::string& path) { return path.substr(0, path.rfind('/')); }
std::string name_in(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

WaitingArchives::WaitingArchives(const std::string& directory, Era era) : era_(era) {
  make_directories(directory);
  // What clients are told is compared with what they ask for, byte by byte.
  directory_ = std::filesystem::canonical(directory).string();
  remove_stale_temps(directory_);
  for (const std::string& name : glob_names(directory_, std::string(away_prefix) + "*")) {
    ::rename(join_path(directory_, name).c_str(), join_path(directory_, name.substr(away_prefix.size())).c_str());
  }
}

std::string WaitingArchives::new_path(const Timestamp& started) const {
  if (era_ != Era::on_request) {
    return directory_ + "/" + std::string(dated_prefix) + local_compact(started.unix_seconds()) + std::string(dated_suffix);
  }
  std::array<std::byte, random_digits> bytes{};
  fill_random(bytes);
  std::string digits;
  for (const std::byte byte : bytes) digits += static_cast<char>('0' + static_cast<unsigned>(byte) % 10);
  return directory_ + "/" + std::string(random_prefix) + digits + "/" + std::string(random_file);
}

std::string WaitingArchives::save(const Timestamp& started, const std::function<std::string(TempFile&)>& write) {
  std::string path = new_path(started);
  const std::string own_directory = era_ == Era::on_request ? directory_of(path) : "";
  // In the hour that a clock was set back, or beside another process.
  for (int later = 1; own_directory.empty() && later <= seconds_to_try && look_at(path).kind != FileKind::missing; ++later) {
    path = new_path(Timestamp::from_unix(started.unix_seconds() + later));
  }
  if (!own_directory.empty() && ::mkdir(own_directory.c_str(), 0700) != 0) throw Error::from_errno(errno, "making " + own_directory);
  try {
    TempFile file(directory_of(path));
    const std::string sha1 = write(file);
    file.publish(name_in(path), false);
    const std::lock_guard lock(mutex_);
    digests_[path] = sha1;
  } catch (...) {
    if (!own_directory.empty()) ::rmdir(own_directory.c_str());
    throw;
  }
  return path;
}

bool WaitingArchives::is_path(std::string_view text) const {
  if (!text.starts_with(directory_) || text.size() <= directory_.size() || text[directory_.size()] != '/') return false;
  std::string_view rest = text.substr(directory_.size() + 1);
  if (era_ == Era::on_request) {
    if (!rest.starts_with(random_prefix)) return false;
    rest.remove_prefix(random_prefix.size());
    const std::size_t slash = rest.find('/');
    return slash == random_digits && all_of_set(rest.substr(0, slash), "0123456789") && rest.substr(slash + 1) == random_file;
  }
  if (!rest.starts_with(dated_prefix) || !rest.ends_with(dated_suffix)) return false;
  if (rest.size() != dated_prefix.size() + dated_size + dated_suffix.size()) return false;
  return all_of_set(rest.substr(dated_prefix.size(), dated_size), "0123456789-");
}

std::unique_ptr<Source> WaitingArchives::open(const std::string& path) const {
  if (!is_path(path)) throw Error(ErrorCode::invalid_argument, "backup file " + go_quote(path) + " not valid");
  Fd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status = {};
  if (!file || ::fstat(file.get(), &status) != 0) throw Error::from_errno(errno, "open " + path);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorCode::invalid_argument, "backup file " + go_quote(path) + " not valid");
  return source_that_owns(std::move(file), path);
}

std::string WaitingArchives::sha1_base64(const std::string& path) const {
  {
    const std::lock_guard lock(mutex_);
    const auto known = digests_.find(path);
    if (known != digests_.end()) return known->second;
  }
  const auto source = open(path);
  Digest digest(Digest::Kind::sha1);
  std::vector<std::byte> buffer(read_bytes);
  while (const std::size_t got = source->read(buffer)) digest.update(std::span(buffer).first(got));
  return digest.finish_base64();
}

std::string WaitingArchives::item_of(const std::string& path) const {
  return path.substr(directory_.size() + 1, era_ == Era::on_request ? path.rfind('/') - directory_.size() - 1 : std::string::npos);
}

void WaitingArchives::take_away(const std::string& path) noexcept {
  if (!is_path(path)) return;
  const std::string item = item_of(path);
  ::rename((directory_ + "/" + item).c_str(), (directory_ + "/" + std::string(away_prefix) + item).c_str());
}

void WaitingArchives::give_back(const std::string& path) noexcept {
  if (!is_path(path)) return;
  const std::string item = item_of(path);
  ::rename((directory_ + "/" + std::string(away_prefix) + item).c_str(), (directory_ + "/" + item).c_str());
}

void WaitingArchives::remove(const std::string& path) noexcept {
  if (!is_path(path)) return;
  for (const std::string_view prefix : {std::string_view(), away_prefix}) {
    const std::string item = directory_ + "/" + std::string(prefix) + item_of(path);
    if (era_ == Era::on_request) {
      ::unlink((item + "/" + std::string(random_file)).c_str());
      ::rmdir(item.c_str());
    } else {
      ::unlink(item.c_str());
    }
  }
  const std::lock_guard lock(mutex_);
  digests_.erase(path);
}

}  // namespace jujubackup
