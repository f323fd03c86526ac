// Whether what is read a second time is what was read before.
//
// An archive is read twice on its way to a controller: to prove it, and to send it. A digest of the second reading would cost as much as
// one of the proof's own. This costs a fifth: GMAC, whose key is drawn for each archive and known to this process alone, so that nobody
// can aim at bytes with the same tag. The tag is worth nothing to anybody else and goes nowhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include <jujubackup/io.hpp>

namespace jujubackup {

class SameBytes {
 public:
  SameBytes();
  SameBytes(const SameBytes&) = delete;
  SameBytes& operator=(const SameBytes&) = delete;
  ~SameBytes();

  // The first reading, of a source that stands at its first byte: what comes before its end is what the second has to bring. There is no
  // random access, since a reader that jumped about would leave bytes out.
  std::unique_ptr<Source> first(Source& source);
  // The second, when the first is over: of the same source or a copy, also from its first byte. Error(corrupt) in place of the end if
  // the bytes are others. Rewinding begins it anew.
  std::unique_ptr<Source> second(Source& source);

 private:
  class First;
  class Second;
  struct Seen {
    std::uint64_t size_bytes = 0;
    std::array<std::byte, 16> tag{};
    bool operator==(const Seen&) const = default;
  };

  void begin();
  void update(std::span<const std::byte> bytes);
  Seen seen();

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jujubackup
