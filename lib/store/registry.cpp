#include <cstdlib>
#include <utility>

#include <jujubackup/error.hpp>
#include <jujubackup/store.hpp>
#include <jujubackup/store_backend.hpp>

#include "base/text.hpp"
#include "io/walk.hpp"

namespace jujubackup {
namespace {

// The part before the first colon, if it can be a scheme (RFC 3986); "" for a plain path.
std::string scheme_of(const std::string& url) {
  const std::size_t colon = url.find(':');
  if (colon == std::string::npos || colon == 0) return {};
  std::string scheme = url.substr(0, colon);
  if (scheme.front() < 'a' || scheme.front() > 'z') return {};
  if (scheme.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+.-") != std::string::npos) return {};
  return scheme;
}

std::unique_ptr<BlobStore> open_file_url(const std::string& url) {
  std::string path = url.substr(url.find(':') + 1);
  if (path.starts_with("//")) {
    // "file:///path", or a host before the path.
    path.erase(0, 2);
    if (!path.starts_with('/')) throw Error(ErrorCode::invalid_argument, printable(url) + ": names a host; write file:/path");
  }
  return open_directory_store(path);
}

std::unique_ptr<BlobStore> open_memory_url(const std::string& url) {
  if (url != "mem:") throw Error(ErrorCode::invalid_argument, printable(url) + ": nothing can follow mem:");
  return make_memory_store();
}

}  // namespace

StoreRegistry::StoreRegistry() {
  add("file", open_file_url);
  add("mem", open_memory_url);
}

void StoreRegistry::add(std::string scheme, Opener opener) {
  if (scheme_of(scheme + ":") != scheme || scheme.empty()) {
    throw Error(ErrorCode::invalid_argument, go_quote(scheme) + " cannot be the scheme of a URL");
  }
  for (auto& [known, how] : openers_) {
    if (known != scheme) continue;
    how = std::move(opener);
    return;
  }
  openers_.emplace_back(std::move(scheme), std::move(opener));
}

std::unique_ptr<BlobStore> StoreRegistry::open(const std::string& url) const {
  const std::string scheme = scheme_of(url);
  if (scheme.empty()) return open_directory_store(url);
  for (const auto& [known, opener] : openers_) {
    if (known == scheme) return opener(url);
  }
  // The rest of the URL may hold a password.
  std::string text = "no store for URLs that begin with " + go_quote(scheme + ":") + "; there are:";
  for (const std::string& known : schemes()) text += " " + known + ":";
  throw Error(ErrorCode::unsupported, text);
}

std::vector<std::string> StoreRegistry::schemes() const {
  std::vector<std::string> names;
  names.reserve(openers_.size());
  for (const auto& entry : openers_) names.push_back(entry.first);
  return names;
}

std::string default_store_url() {
  // The XDG base directory specification: a relative path there is invalid and to be ignored.
  const char* data_home = std::getenv("XDG_DATA_HOME");
  if (data_home != nullptr && *data_home == '/') return "file:" + join_path(data_home, "jujubackup");
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home != '/') throw Error(ErrorCode::not_found, "no place for backups: neither XDG_DATA_HOME nor HOME is set");
  return "file:" + join_path(home, ".local/share/jujubackup");
}

}  // namespace jujubackup
