// A login to a mongod of 3.x: SCRAM-SHA-1 (RFC 5802) over MongoDB's own digest of the password. The client's side; the driver has
// its own for the mongods that it knows.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace jujubackup::database {

class ScramClient {
 public:
  // `nonce` is random text without commas.
  ScramClient(const std::string& username, const std::string& password, std::string nonce);

  std::string first() const;
  // The answer to the server's first message. Error(corrupt) for one that makes no sense, Error(limit) for one that would cost minutes.
  std::string final_for(std::string_view server_first);
  // Error(permission) unless the server knows the password as well.
  void check(std::string_view server_final) const;

 private:
  static constexpr std::size_t digest_bytes = 20;
  using Digest = std::array<unsigned char, digest_bytes>;

  std::string bare_;  // "n=user,r=nonce"
  std::string nonce_;
  std::string hashed_password_;  // SECRET
  Digest server_signature_{};
};

// For one login.
std::string random_nonce();

}  // namespace jujubackup::database
