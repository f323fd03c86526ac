// How ssh is called.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/hosts.hpp>

namespace jujubackup::hosts {

// One word for a POSIX shell.
std::string shell_quoted(std::string_view word);

// What may be an address or a name of a machine: letters, digits and ".:-_%", not beginning with "-". It comes from a database or a dump.
bool is_address(std::string_view address) noexcept;

// The arguments of ssh, without its own name: options, "--", the host, and one text for the shell there.
std::vector<std::string> ssh_arguments(const SshOptions& options, const std::string& address, const HostCommand& command);

}  // namespace jujubackup::hosts
