#include "machine/mongod_version.hpp"

#include <charconv>
#include <chrono>

#include <jujubackup/error.hpp>

#include "io/process.hpp"

namespace jujubackup::machine {
namespace {

bool take_number(std::string_view& text, int& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::optional<MongodVersion> parse_mongod_version(std::string_view output) {
  constexpr std::string_view label = "db version v";
  const std::size_t at = output.find(label);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view text = output.substr(at + label.size());
  MongodVersion version;
  const bool good =
      take_number(text, version[0]) && take_dot(text) && take_number(text, version[1]) && take_dot(text) && take_number(text, version[2]);
  if (!good) return std::nullopt;
  return version;
}

std::optional<MongodVersion> mongod_version(const std::string& program) {
  Command command;
  command.program = program;
  command.arguments = {"--version"};
  command.timeout = std::chrono::seconds(10);
  try {
    const CommandResult result = run_command(command);
    return result.exit_code == 0 ? parse_mongod_version(result.output) : std::nullopt;
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found || error.code() == ErrorCode::program) return std::nullopt;
    throw;
  }
}

}  // namespace jujubackup::machine
