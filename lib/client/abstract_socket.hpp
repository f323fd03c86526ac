// Addresses in Linux's abstract namespace of Unix sockets: a NUL and a name, without a NUL at the end, as Go makes them of "@name".
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace jujubackup::client {

struct AbstractAddress {
  // What does not fit is cut; all of Juju's names do.
  explicit AbstractAddress(std::string_view name) noexcept {
    address.sun_family = AF_UNIX;
    const std::size_t taken = std::min(name.size(), sizeof(address.sun_path) - 1);
    std::copy_n(name.begin(), taken, &address.sun_path[1]);
    length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + taken);
  }
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&address); }

  sockaddr_un address{};
  socklen_t length = 0;
};

}  // namespace jujubackup::client
