#include "password_file.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string_view>

#include <jujubackup/error.hpp>

#include "document.hpp"

namespace cli {
namespace {

std::string random_password() {
  constexpr std::string_view digits = "0123456789abcdef";
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw jujubackup::Error::from_errno(errno, "asking for random bytes");
  }
  std::string text;
  for (const unsigned char byte : bytes) text += {digits[byte >> 4U], digits[byte & 15U]};
  return text;
}

}  // namespace

std::string read_password(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4096> buffer{};
  if (file) file.read(buffer.data(), buffer.size());
  if (!file.eof()) throw jujubackup::Error(jujubackup::ErrorCode::io, "cannot read the password file " + printable(path));
  std::string text(buffer.data(), static_cast<std::size_t>(file.gcount()));
  text.erase(std::min(text.find('\n'), text.size()));
  if (text.empty()) throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, "the password file " + printable(path) + " is empty");
  return text;
}

std::string read_or_make_password(const std::string& path, bool& made) {
  made = false;
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (fd < 0) {
    if (errno == EEXIST) return read_password(path);
    throw jujubackup::Error::from_errno(errno, "making the password file " + printable(path));
  }
  made = true;
  std::string password = random_password();
  const std::string line = password + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  if (::close(fd) != 0 || !written) {
    ::unlink(path.c_str());
    throw jujubackup::Error(jujubackup::ErrorCode::io, "cannot write the password file " + printable(path));
  }
  return password;
}

}  // namespace cli
