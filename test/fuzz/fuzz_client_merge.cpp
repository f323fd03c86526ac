// Merging a controller from one of Juju's YAML files into another: only an Error comes out of bad ones, never one that shows what is in
// them, and what comes out of good ones has the one entry from there and all the rest from here.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <jujubackup/error.hpp>

#include "client/merge.hpp"

namespace {

using jujubackup::ClientDifference;
using jujubackup::ErrorCode;
namespace client = jujubackup::client;

constexpr std::string_view secret = "hush-hush";

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check_merge(std::string_view here, std::string_view backup, const std::string& name) {
  const auto merged = client::merge_controllers(here, backup, {name});
  const auto theirs = client::controller_names(backup);
  const bool wanted = std::find(theirs.begin(), theirs.end(), name) != theirs.end();
  require(merged.changed || merged.text == here, "unchanged, but another text");
  if (!wanted) require(!merged.changed, "changed for nothing");
  if (wanted) require(client::compare_controller(merged.text, backup, name) == ClientDifference::same, "not the backup's entry");
  for (const std::string& other : client::controller_names(here)) {
    if (other != name) require(client::compare_controller(merged.text, here, other) == ClientDifference::same, "another entry changed");
  }
  require(client::controller_names(merged.text).size() <= client::controller_names(here).size() + 1, "more entries than one");
  require(!client::merge_controllers(merged.text, backup, {name}).changed, "merging again changes something");
}

}  // namespace

// The name, the text that is here and the one of the backup, with "\n---\n" between them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view border = "\n---\n";
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t first = text.find(border);
  if (first == std::string_view::npos) return 0;
  const std::size_t second = text.find(border, first + 1);
  if (second == std::string_view::npos || second < first + border.size()) return 0;
  const std::string_view here = text.substr(first + border.size(), second - first - border.size());
  try {
    check_merge(here, text.substr(second + border.size()), std::string(text.substr(0, first)));
  } catch (const jujubackup::Error& error) {
    require(error.code() == ErrorCode::corrupt || error.code() == ErrorCode::limit, error.what());
    const std::string_view message = error.what();
    require(message.size() < 200, "message");
    require(message.find(secret) == std::string_view::npos, "a secret in a message");
  }
  return 0;
}
