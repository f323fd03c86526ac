// Who may log in.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/server.hpp>

namespace jujubackup {

struct User {
  std::string name;
  bool superuser = false;
  std::string tag() const { return "user-" + name; }
};

class Users {
 public:
  // Error(invalid_argument) without users, for a name that Juju would not take, one that is there twice, an empty password.
  explicit Users(const std::vector<ServerUser>& users);
  // `tag` as in "user-admin" or "user-admin@local". Null unless there is that user and the password is right; takes as long either way.
  const User* check(std::string_view tag, std::string_view password) const;
  const std::vector<User>& all() const noexcept { return users_; }

 private:
  using Salt = std::array<std::byte, 16>;
  using Key = std::array<std::byte, 32>;
  struct Secret {
    Salt salt{};
    Key key{};
  };
  static Key derive(const Salt& salt, std::string_view password);

  std::vector<User> users_;
  std::vector<Secret> secrets_;  // of the user at the same index, and one more that is nobody's
};

}  // namespace jujubackup
