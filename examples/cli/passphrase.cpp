#include "passphrase.hpp"

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <string_view>

#include <jujubackup/error.hpp>

#include "console.hpp"
#include "document.hpp"

namespace cli {
namespace {

// Longer than what a terminal takes for a line.
constexpr std::size_t max_passphrase_bytes = 4096;

class Descriptor {
 public:
  explicit Descriptor(int fd) noexcept : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const noexcept { return fd_; }

 private:
  int fd_;
};

// Keeps what is typed from being shown.
class NoEcho {
 public:
  explicit NoEcho(int fd) : fd_(fd) {
    if (::tcgetattr(fd, &before_) != 0) throw jujubackup::Error::from_errno(errno, "asking the terminal for its settings");
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    quiet.c_lflag |= static_cast<tcflag_t>(ICANON | ECHONL);
    // Drops what was typed before the question was there.
    if (::tcsetattr(fd, TCSAFLUSH, &quiet) != 0)
      throw jujubackup::Error::from_errno(errno, "keeping the terminal from showing what is typed");
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;
  ~NoEcho() { ::tcsetattr(fd_, TCSAFLUSH, &before_); }

 private:
  int fd_;
  termios before_{};
};

// A signal only makes a note and the system goes on reading, so it is waited in slices.
void wait_for_input(int fd) {
  pollfd wanted{fd, POLLIN, 0};
  while (true) {
    if (was_interrupted()) throw jujubackup::Error(jujubackup::ErrorCode::cancelled, "interrupted");
    const int ready = ::poll(&wanted, 1, 200);
    if (ready > 0) return;
    if (ready < 0 && errno != EINTR) throw jujubackup::Error::from_errno(errno, "waiting for the terminal");
  }
}

// The first line, without its end. `wait` for one of a terminal.
jujubackup::Secret read_line(int fd, const std::string& name, bool wait) {
  jujubackup::Secret text(max_passphrase_bytes);
  std::size_t size = 0;
  while (size < text.size()) {
    if (wait) wait_for_input(fd);
    const std::span<std::byte> rest = text.bytes().subspan(size);
    const ssize_t got = ::read(fd, rest.data(), rest.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw jujubackup::Error::from_errno(errno, "reading " + name);
    const std::string_view whole = text.text().substr(0, size + static_cast<std::size_t>(got));
    const std::size_t end = whole.find('\n', size);
    size = std::min(end, whole.size());
    if (got == 0 || end != std::string_view::npos) {
      if (size > 0 && whole[size - 1] == '\r') --size;
      text.shorten(size);
      return text;
    }
  }
  throw jujubackup::Error(jujubackup::ErrorCode::limit,
                          name + " has a line of more than " + std::to_string(max_passphrase_bytes - 1) + " bytes");
}

}  // namespace

jujubackup::Secret read_passphrase_file(const std::string& path) {
  const std::string name = "the passphrase file " + printable(path);
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) throw jujubackup::Error::from_errno(errno, "opening " + name);
  jujubackup::Secret text = read_line(file.get(), name, false);
  if (text.empty()) throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, name + " is empty");
  return text;
}

std::optional<jujubackup::Secret> ask_passphrase(const std::string& prompt) {
  const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
  if (terminal.get() < 0) return std::nullopt;
  const NoEcho no_echo(terminal.get());
  jujubackup::DescriptorSink output(terminal.get(), "the terminal");
  output.write(std::as_bytes(std::span<const char>(prompt)));
  return read_line(terminal.get(), "the terminal", true);
}

jujubackup::Secret ask_new_passphrase() {
  std::optional<jujubackup::Secret> first = ask_passphrase("Passphrase: ");
  if (!first) {
    throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument,
                            "there is no terminal to ask for the passphrase: --passphrase-file FILE reads it from a file");
  }
  if (first->empty()) throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, "the passphrase is empty");
  const std::optional<jujubackup::Secret> second = ask_passphrase("The same again: ");
  if (!second || second->text() != first->text()) {
    throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument, "the passphrases are not the same");
  }
  return std::move(*first);
}

}  // namespace cli
