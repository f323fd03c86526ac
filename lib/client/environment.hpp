// What the environment of the process says about the client directory and the model to work on.
//
// Everything is a plain function over a look-up, so that a test can be any user on any system.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace jujubackup::client {

// The value of a variable; "" if it is not set. Juju does not tell the two apart either.
using Environment = std::function<std::string(const char*)>;
Environment process_environment();

enum class Platform { linux_like, other_unix, windows };
#if defined(_WIN32)
inline constexpr Platform this_platform = Platform::windows;
#elif defined(__linux__)
inline constexpr Platform this_platform = Platform::linux_like;
#else
inline constexpr Platform this_platform = Platform::other_unix;  // macOS, and the BSDs
#endif

// Error(not_found) with Juju's text if no variable says where.
std::string data_dir(const Environment& environment, Platform platform);

// As Go's os.TempDir: $TMPDIR, else /tmp.
std::string temp_dir(const Environment& environment);

// The cookies of 2.0 and 2.1, which lie outside of the client directory; "" if nothing says where.
std::string old_cookie_file(const Environment& environment);

// "prod:admin/default" is a model on a controller, "admin/default" one on any.
struct NamedModel {
  std::string controller;
  std::string model;
};
NamedModel split_model(std::string_view text);

// $JUJU_MODEL and $JUJU_CONTROLLER together. Error(invalid_argument) with Juju's text if they name two controllers.
NamedModel model_of(const Environment& environment);

}  // namespace jujubackup::client
