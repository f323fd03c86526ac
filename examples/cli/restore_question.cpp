// The question that stands before every restore.
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>

#include <jujubackup/error.hpp>

#include "document.hpp"
#include "restore_backup.hpp"

namespace cli {
namespace {

constexpr std::size_t max_answer_bytes = 1024;

// Without its end; nothing at the end of the input. A signal only makes a note, so it is waited in slices.
std::optional<std::string> read_answer() {
  std::string answer;
  while (answer.size() < max_answer_bytes) {
    if (was_interrupted()) throw jujubackup::Error(jujubackup::ErrorCode::cancelled, "interrupted");
    pollfd wanted{STDIN_FILENO, POLLIN, 0};
    const int ready = ::poll(&wanted, 1, 200);
    if (ready < 0 && errno != EINTR) throw jujubackup::Error::from_errno(errno, "waiting for the answer");
    if (ready <= 0) continue;
    char c = 0;
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw jujubackup::Error::from_errno(errno, "reading the answer");
    if (got == 0) return std::nullopt;
    if (c == '\n') return answer;
    if (c != '\r') answer += c;
  }
  return answer;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

void confirm_restore(Context& context, NoTerminal no_terminal) {
  if (context.arguments.has("yes")) return;
  if (::isatty(STDIN_FILENO) != 1) {
    if (no_terminal == NoTerminal::go_on) return;
    throw jujubackup::Error(jujubackup::ErrorCode::invalid_argument,
                            "nothing was changed: there is no terminal to ask on, and --yes was not given");
  }
  context.console.question("Are you sure you want to proceed? (y/N): ");
  while (true) {
    const std::optional<std::string> answer = read_answer();
    if (!answer) throw jujubackup::Error(jujubackup::ErrorCode::cancelled, "no input: nothing was changed");
    const std::string word = lower(*answer);
    if (word == "y" || word == "yes") return;
    if (word.empty() || word == "n" || word == "no") {
      throw jujubackup::Error(jujubackup::ErrorCode::cancelled, "restore operation: aborted: nothing was changed");
    }
    context.console.question("Invalid response " + quoted(*answer) + ". Please answer (y/N): ");
  }
}

void tell_completed(const RestoreSource& source, Context& context) {
  context.console.print("restore from " + quoted(source.name()) + " completed\n");
}

}  // namespace cli
