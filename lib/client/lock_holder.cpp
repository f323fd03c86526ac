#include "client/lock_holder.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "base/text.hpp"
#include "client/abstract_socket.hpp"
#include "io/fd.hpp"

namespace jujubackup::client {
namespace {

template <typename Number>
bool read_number(std::string_view text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

// "08:01:123456": major and minor number of the device in hex, inode.
bool is_file(std::string_view text, dev_t device, ino_t inode) {
  const std::size_t first = text.find(':');
  const std::size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (second == std::string_view::npos) return false;
  unsigned major_number = 0;
  unsigned minor_number = 0;
  ino_t number = 0;
  return read_number(text.substr(0, first), major_number, 16) &&
         read_number(text.substr(first + 1, second - first - 1), minor_number, 16) && read_number(text.substr(second + 1), number) &&
         major_number == major(device) && minor_number == minor(device) && number == inode;
}

std::string text_of_proc_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

pid_t flock_holder(std::string_view proc_locks, dev_t device, ino_t inode) {
  // "1: FLOCK  ADVISORY  WRITE 1234 08:01:123456 0 EOF"; who waits has an arrow after the number.
  std::istringstream lines{std::string(proc_locks)};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    const std::vector<std::string> word{std::istream_iterator<std::string>(words), std::istream_iterator<std::string>()};
    pid_t process = 0;
    if (word.size() >= 6 && word[1] == "FLOCK" && read_number(word[4], process) && process > 0 && is_file(word[5], device, inode))
      return process;
  }
  return 0;
}

pid_t flock_holder(int fd) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return 0;
  return flock_holder(text_of_proc_file("/proc/locks"), status.st_dev, status.st_ino);
}

pid_t socket_holder(const std::string& name) {
#if defined(__linux__)
  // Juju listens on its socket without ever accepting, so that a connection tells who that is.
  const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const AbstractAddress address(name);
  if (!fd || ::connect(fd.get(), address.get(), address.length) != 0) return 0;
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 ? peer.pid : 0;
#else
  static_cast<void>(name);
  return 0;
#endif
}

std::string describe_holder(pid_t process) {
  if (process <= 0) return "another Juju command";
  std::string name = text_of_proc_file("/proc/" + std::to_string(process) + "/comm");
  if (name.ends_with('\n')) name.pop_back();
  return "process " + std::to_string(process) + (name.empty() ? "" : " (" + printable(name) + ")");
}

}  // namespace jujubackup::client
