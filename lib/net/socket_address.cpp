#include "net/socket_address.hpp"

#include <netdb.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <jujubackup/error.hpp>

namespace jujubackup {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

AddressList look_up(const Endpoint& endpoint, int flags, int& result) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(endpoint.port);
  result = ::getaddrinfo(endpoint.host.empty() ? nullptr : endpoint.host.c_str(), port.c_str(), &hints, &found);
  return {result == 0 ? found : nullptr, &::freeaddrinfo};
}

}  // namespace

SocketAddress::SocketAddress(const sockaddr* address, socklen_t size) : size_(std::min<socklen_t>(size, sizeof storage_)) {
  std::memcpy(&storage_, address, size_);
}

Endpoint SocketAddress::endpoint() const {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (::getnameinfo(get(), size_, host.data(), host.size(), port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) return {};
  return {host.data(), static_cast<std::uint16_t>(std::stoi(port.data()))};
}

bool is_numeric(const Endpoint& endpoint) {
  int result = 0;
  return look_up(endpoint, AI_NUMERICHOST, result) != nullptr;
}

std::vector<SocketAddress> resolve(const Endpoint& endpoint, bool to_listen) {
  int result = 0;
  const AddressList list = look_up(endpoint, to_listen ? AI_PASSIVE : 0, result);
  std::vector<SocketAddress> found;
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6) found.emplace_back(entry->ai_addr, entry->ai_addrlen);
  }
  if (found.empty()) {
    std::string why = result == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(result);
    if (result == 0) why = "no address";
    throw Error(ErrorCode::io, "the name cannot be resolved: " + why, true);
  }
  return found;
}

Endpoint local_address(int fd) {
  SocketAddress address;
  if (::getsockname(fd, address.get(), address.room()) != 0) throw Error::from_errno(errno, "asking for a socket's address");
  return address.endpoint();
}

}  // namespace jujubackup
