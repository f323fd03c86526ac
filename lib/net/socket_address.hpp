// Addresses as the system's calls take them.
#pragma once

#include <sys/socket.h>

#include <vector>

#include "net/endpoint.hpp"

namespace jujubackup {

class SocketAddress {
 public:
  SocketAddress() = default;
  SocketAddress(const sockaddr* address, socklen_t size);
  const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const noexcept { return size_; }
  // For calls that fill it in.
  sockaddr* get() noexcept { return reinterpret_cast<sockaddr*>(&storage_); }
  socklen_t* room() noexcept { return &size_; }
  int family() const noexcept { return storage_.ss_family; }
  Endpoint endpoint() const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = sizeof(sockaddr_storage);
};

bool is_numeric(const Endpoint& endpoint);
// One or more. Only for a name does it ask anybody, and then it blocks for as long as the system's resolver does. Error(io) if there is
// none.
std::vector<SocketAddress> resolve(const Endpoint& endpoint, bool to_listen);
Endpoint local_address(int fd);

}  // namespace jujubackup
