#include "client/cookies.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <initializer_list>
#include <set>
#include <thread>
#include <utility>

#include <jujubackup/error.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "client/files.hpp"
#include "io/fd.hpp"
#include "io/walk.hpp"

namespace jujubackup::client {
namespace {

constexpr std::chrono::milliseconds cookie_lock_patience{3000};  // Juju's own
constexpr std::chrono::milliseconds pause_between_tries{20};

std::string text_under(const Value& cookie, std::string_view key) {
  const Value* value = cookie.find(key);
  return value == nullptr || value->string() == nullptr ? "" : *value->string();
}

// Only such a value can go into a header as it is.
bool is_base64_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '-' || c == '_' ||
           c == '=';
  });
}

Timestamp time_of(const std::string& text) {
  try {
    return text.empty() ? Timestamp() : Timestamp::parse_rfc3339(text);
  } catch (const Error&) {
    // The controller is the judge of its macaroons; this time only spares it the question.
    return {};
  }
}

// "[fd00::7]:17070", "10.9.8.7:17070/path" and ".example.com" without all that is not the host.
std::string_view host_of(std::string_view text) {
  text = text.substr(0, text.find('/'));
  if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
  if (text.starts_with('.')) text.remove_prefix(1);
  // Several colons are those of a bare IPv6 address.
  if (std::count(text.begin(), text.end(), ':') == 1) text = text.substr(0, text.find(':'));
  return text;
}

bool is_for(const MacaroonCookie& cookie, const ClientController& controller) {
  std::vector<std::string_view> hosts{controller.public_hostname, controller.uuid};
  hosts.insert(hosts.end(), controller.endpoints.begin(), controller.endpoints.end());
  for (const std::string_view host : hosts) {
    const std::string_view bare = host_of(host);
    if (bare.empty()) continue;
    if (equal_ignoring_case(bare, host_of(cookie.host)) || equal_ignoring_case(bare, host_of(cookie.domain))) return true;
  }
  return false;
}

std::vector<MacaroonCookie> read_jar(const std::string& jar) {
  std::string text;
  try {
    const Fd lock = hold_cookie_lock(jar);
    text = read_small_file(jar, max_file_bytes);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::not_found) return {};
    throw;
  }
  try {
    return parse_cookies(text);
  } catch (Error& error) {
    error.add_context("reading " + jar);
    throw;
  }
}

}  // namespace

// Juju rewrites the jar in place, under a lock of fcntl on <file>.lock, which it makes when it first looks at the jar. Holding it for
// reading keeps a writer away; without such a file, or without permission, the jar is read as it is.
Fd hold_cookie_lock(const std::string& jar) {
  Fd fd(::open((jar + ".lock").c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return fd;
  const auto deadline = std::chrono::steady_clock::now() + cookie_lock_patience;
  for (;;) {
    struct flock whole_file = {};
    whole_file.l_type = F_RDLCK;
    whole_file.l_whence = SEEK_SET;
#if defined(F_OFD_SETLK)
    // One that belongs to the descriptor: another one of this process on the same file, when closed, does not end it.
    constexpr int set_lock = F_OFD_SETLK;
#else
    constexpr int set_lock = F_SETLK;
#endif
    if (::fcntl(fd.get(), set_lock, &whole_file) == 0) return fd;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EACCES) return fd;
    if (std::chrono::steady_clock::now() >= deadline) {
      throw Error(ErrorCode::busy,
                  "the login cookies in " + jar + " are locked by another Juju command: wait until that has ended, then try again", true);
    }
    std::this_thread::sleep_for(pause_between_tries);
  }
}

std::vector<MacaroonCookie> parse_cookies(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return {};
  TextLimits limits;
  limits.max_bytes = max_file_bytes;
  limits.max_values = 200'000;
  const Value jar = parse_json(text, limits);
  if (jar.is_null()) return {};
  if (jar.array() == nullptr) throw Error(ErrorCode::corrupt, "the cookies are not a list");
  std::vector<MacaroonCookie> cookies;
  for (const Value& entry : *jar.array()) {
    MacaroonCookie cookie;
    cookie.value = text_under(entry, "Value");
    if (!text_under(entry, "Name").starts_with("macaroon-") || cookie.value.empty()) continue;
    if (cookie.value.size() > max_macaroon_bytes || !is_base64_text(cookie.value)) continue;
    cookie.host = text_under(entry, "CanonicalHost");
    cookie.domain = text_under(entry, "Domain");
    cookie.expires = time_of(text_under(entry, "Expires"));
    cookies.push_back(std::move(cookie));
  }
  return cookies;
}

std::vector<std::string> macaroons_for(const ClientController& controller, const std::vector<MacaroonCookie>& cookies, Timestamp now) {
  std::vector<std::string> values;
  std::set<std::string_view> seen;
  for (const MacaroonCookie& cookie : cookies) {
    const bool good = cookie.expires.is_zero() || cookie.expires > now;
    if (good && is_for(cookie, controller) && seen.insert(cookie.value).second) values.push_back(cookie.value);
  }
  return values;
}

std::vector<std::string> read_macaroons(const std::string& client_dir, const ClientController& controller, const Environment& environment) {
  const Timestamp now = Timestamp::now();
  // Juju has no controllers with a slash in the name; a file that was edited may.
  if (controller.name.find_first_of(std::string_view("/\0", 2)) == std::string::npos) {
    const std::string jar = join_path(client_dir, "cookies/" + controller.name + ".json");
    std::vector<std::string> values = macaroons_for(controller, read_jar(jar), now);
    if (!values.empty()) return values;
  }
  const std::string old_jar = old_cookie_file(environment);
  if (old_jar.empty()) return {};
  return macaroons_for(controller, read_jar(old_jar), now);
}

}  // namespace jujubackup::client
