#include "hosts/ssh_arguments.hpp"

#include <algorithm>

namespace jujubackup::hosts {
namespace {

// A path as the value of one of ssh's options, which knows quotes and backslashes, and "%h" for the host.
std::string option_path(std::string_view path) {
  std::string text = "\"";
  for (const char c : path) {
    if (c == '"' || c == '\\') text += '\\';
    if (c == '%') text += '%';
    text += c;
  }
  return text + '"';
}

std::string remote_command(const SshOptions& options, const HostCommand& command) {
  std::string text;
  if (command.as_root && options.user != "root") text = "sudo -n --";
  for (const std::string& word : command.words) {
    if (!text.empty()) text += ' ';
    text += shell_quoted(word);
  }
  return text;
}

}  // namespace

std::string shell_quoted(std::string_view word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') {
      text += "'\\''";
    } else {
      text += c;
    }
  }
  return text + "'";
}

bool is_address(std::string_view address) noexcept {
  const auto fits = [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || std::string_view(".:-_%").find(c) != std::string_view::npos;
  };
  return !address.empty() && address.size() <= 255 && address.front() != '-' && std::all_of(address.begin(), address.end(), fits);
}

std::vector<std::string> ssh_arguments(const SshOptions& options, const std::string& address, const HostCommand& command) {
  // No terminal, agent or X11 of ours goes there.
  std::vector<std::string> arguments = {"-T", "-a", "-x"};
  const auto option = [&](const std::string& text) {
    arguments.emplace_back("-o");
    arguments.push_back(text);
  };
  option("BatchMode=yes");
  option("ClearAllForwardings=yes");
  // What it says of itself at other levels would stand amid the output of the command.
  option("LogLevel=ERROR");
  option("ConnectTimeout=" + std::to_string(std::max<std::chrono::seconds::rep>(options.connect_timeout.count(), 1)));
  // A link that goes down meanwhile is noticed.
  option("ServerAliveInterval=15");
  option("ServerAliveCountMax=4");
  option(std::string("StrictHostKeyChecking=") + (options.strict_host_keys ? "yes" : "accept-new"));
  if (!options.known_hosts_path.empty()) option("UserKnownHostsFile=" + option_path(options.known_hosts_path));
  if (!options.identity_path.empty()) {
    option("IdentitiesOnly=yes");
    option("IdentityFile=" + option_path(options.identity_path));
  }
  if (options.port != 0) arguments.insert(arguments.end(), {"-p", std::to_string(options.port)});
  if (!options.user.empty()) arguments.insert(arguments.end(), {"-l", options.user});
  arguments.insert(arguments.end(), options.extra_arguments.begin(), options.extra_arguments.end());
  arguments.insert(arguments.end(), {"--", address, remote_command(options, command)});
  return arguments;
}

}  // namespace jujubackup::hosts
