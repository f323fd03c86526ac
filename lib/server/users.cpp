#include "server/users.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "server/random.hpp"

namespace jujubackup {
namespace {

// The digests never leave memory, where the passwords came from, so this need not hold off somebody who stole them; it is a few
// milliseconds for every try, and no more, since clients that download prove themselves with every request.
constexpr int rounds = 10'000;

// names.IsValidUserName: letters, digits, ".", "+", "-", at the ends only letters and digits.
bool is_user_name(std::string_view name) {
  const auto alphanumeric = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto good = [&](char c) { return alphanumeric(c) || c == '.' || c == '+' || c == '-'; };
  return !name.empty() && name.size() <= 100 && alphanumeric(name.front()) && alphanumeric(name.back()) &&
         std::all_of(name.begin(), name.end(), good);
}

}  // namespace

Users::Key Users::derive(const Salt& salt, std::string_view password) {
  Key key{};
  const int done = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()),
                                     reinterpret_cast<const unsigned char*>(salt.data()), static_cast<int>(salt.size()), rounds,
                                     EVP_sha256(), static_cast<int>(key.size()), reinterpret_cast<unsigned char*>(key.data()));
  if (done != 1) throw Error(ErrorCode::internal, "computing the digest of a password failed");
  return key;
}

Users::Users(const std::vector<ServerUser>& users) {
  if (users.empty()) throw Error(ErrorCode::invalid_argument, "a controller needs at least one user");
  for (const ServerUser& user : users) {
    if (!is_user_name(user.name)) throw Error(ErrorCode::invalid_argument, quoted_name(user.name) + " is not the name of a user");
    if (user.password.empty()) throw Error(ErrorCode::invalid_argument, "user " + user.name + " has no password");
    const auto same = [&](const User& other) { return other.name == user.name; };
    if (std::any_of(users_.begin(), users_.end(), same)) {
      throw Error(ErrorCode::invalid_argument, "user " + user.name + " is there twice");
    }
    Secret secret;
    fill_random(secret.salt);
    secret.key = derive(secret.salt, user.password);
    users_.push_back({user.name, user.superuser});
    secrets_.push_back(secret);
  }
  Secret nobody;
  fill_random(nobody.salt);
  fill_random(nobody.key);
  secrets_.push_back(nobody);
}

const User* Users::check(std::string_view tag, std::string_view password) const {
  constexpr std::string_view prefix = "user-", local = "@local";
  if (tag.ends_with(local)) tag.remove_suffix(local.size());
  std::size_t index = users_.size();
  for (std::size_t i = 0; i < users_.size(); ++i) {
    if (tag.starts_with(prefix) && tag.substr(prefix.size()) == users_[i].name) index = i;
  }
  const Secret& secret = secrets_[index];
  const Key key = derive(secret.salt, password);
  const bool right = CRYPTO_memcmp(key.data(), secret.key.data(), key.size()) == 0;
  return right && index < users_.size() ? &users_[index] : nullptr;
}

}  // namespace jujubackup
