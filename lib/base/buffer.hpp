// Bytes that are about to be filled: growing leaves them as they are, where std::vector would set them to zero first.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace jujubackup {

template <typename T>
class UnsetAllocator : public std::allocator<T> {
 public:
  template <typename U>
  struct rebind {
    using other = UnsetAllocator<U>;
  };
  template <typename U>
  void construct(U* place) noexcept {
    ::new (static_cast<void*>(place)) U;
  }
  template <typename U, typename... Args>
  void construct(U* place, Args&&... args) {
    std::construct_at(place, std::forward<Args>(args)...);
  }
};

using Buffer = std::vector<std::byte, UnsetAllocator<std::byte>>;

}  // namespace jujubackup
