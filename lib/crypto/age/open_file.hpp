// What reading an age file begins with: armor or not, the header, the file key.
#pragma once

#include <memory>
#include <optional>

#include <jujubackup/encryption.hpp>

#include "crypto/age/armor.hpp"
#include "crypto/age/header.hpp"
#include "crypto/age/input.hpp"

namespace jujubackup::age {

// The binary form of a file, whichever form it has.
class BinaryForm {
 public:
  explicit BinaryForm(Source& source);
  Input& input() noexcept { return *input_; }
  bool armored() const noexcept { return armor_ != nullptr; }
  // Back to the first byte.
  void rewind();

 private:
  Source& source_;
  std::unique_ptr<ArmorSource> armor_;
  std::optional<Input> input_;
};

// Error(corrupt) if a passphrase stands beside other recipients, which the format forbids.
void check_recipients(const Header& header);

// The file key, with the header authenticated by it. Error(permission), Error(corrupt), Error(limit).
Secret open_header(const Header& header, const Identities::State& identities);

}  // namespace jujubackup::age
