// SHA-1 and SHA-256 through OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace jujubackup {

class Digest {
 public:
  enum class Kind { sha1, sha256 };
  explicit Digest(Kind kind);
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();
  void update(std::span<const std::byte> bytes);
  // The digest of what came so far; more may follow.
  std::vector<std::byte> current() const;
  // 20 or 32 bytes; the digest starts anew afterwards.
  std::vector<std::byte> finish();
  std::string finish_hex();
  std::string finish_base64();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::array<std::byte, 32> sha256(std::span<const std::byte> bytes);

}  // namespace jujubackup
