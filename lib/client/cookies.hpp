// The login cookies that Juju's client keeps: macaroons that stand for a user who once gave a password or used a browser.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <jujubackup/client.hpp>
#include <jujubackup/job.hpp>
#include <jujubackup/time.hpp>

#include "client/environment.hpp"
#include "io/fd.hpp"

namespace jujubackup::client {

inline constexpr std::size_t max_macaroon_bytes = std::size_t{64} << 10;  // more does not fit into a request's headers

// A cookie that holds macaroons; others are passed over.
struct MacaroonCookie {
  std::string value;         // SECRET; base64, and nothing else is in it
  std::string host, domain;  // whom it is for
  Timestamp expires;         // the zero time: never
};
// The text of a jar: a JSON array, "null" or nothing. Error(corrupt) does not quote it.
std::vector<MacaroonCookie> parse_cookies(std::string_view text);

// Keeps a Juju from rewriting the jar; nothing where it has no lock file. Error(busy) after three seconds.
Fd hold_cookie_lock(const std::string& jar);

// The values of those that are for this controller and good at `now`. A jar holds the cookies of identity providers as well, which a
// controller must not see.
std::vector<std::string> macaroons_for(const ClientController& controller, const std::vector<MacaroonCookie>& cookies, Timestamp now);

// What cookies/<controller>.json in `client_dir` holds for it, else the old jar of 2.0 and 2.1.
std::vector<std::string> read_macaroons(const std::string& client_dir, const ClientController& controller, const Environment& environment);

}  // namespace jujubackup::client
