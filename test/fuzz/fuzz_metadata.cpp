// A backup record from an untrusted archive: only an Error comes out of bad ones, and a good one survives being written.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <jujubackup/error.hpp>
#include <jujubackup/metadata.hpp>

#include "base/json.hpp"
#include "base/yaml.hpp"

namespace {

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

bool is_safe_to_show(std::string_view text) {
  for (const char c : text) {
    if (c != '\n' && (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)) return false;
  }
  return true;
}

void check_texts(const jujubackup::Metadata& metadata) {
  const auto lines = [](std::string_view text) {
    std::size_t count = 0;
    for (const char c : text) count += c == '\n' ? 1 : 0;
    return count;
  };
  const std::string old_text = jujubackup::text_2_0(metadata);
  require(is_safe_to_show(old_text) && lines(old_text) == 12, "text of 2.0");
  const std::string new_text = jujubackup::text_2_8(metadata);
  const bool is_ha = metadata.ha_nodes > 1 && metadata.ha_nodes != jujubackup::metadata_unknown_integer;
  require(is_safe_to_show(new_text) && lines(new_text) == (is_ha ? 20U : 19U), "text of 2.8");
  const std::string json = jujubackup::to_json(metadata);
  require(jujubackup::write_json(jujubackup::parse_json(json, {json.size(), 32})) == json, "JSON for scripts");
  const std::string yaml = jujubackup::to_yaml(metadata);
  require(jujubackup::write_json(jujubackup::parse_yaml(yaml, {yaml.size(), 32})) == json, "YAML for scripts");
}

void check(std::string_view text) {
  const jujubackup::Metadata metadata = jujubackup::parse_metadata(text);
  check_texts(metadata);

  const std::string written = jujubackup::write_metadata(metadata);
  // Escapes can make a text longer than it was; one near the limit need not fit again.
  if (written.size() > 1U << 20) return;
  jujubackup::Metadata again = jujubackup::parse_metadata(written);
  require(jujubackup::write_metadata(again) == written, "written twice");
  // What is written loses nothing but the one of Series and Base that has no place.
  if (metadata.format_version > 0 && metadata.base) again.series = metadata.series;
  if (metadata.format_version == 0) again.base = metadata.base;
  require(again == metadata, "read twice");

  const jujubackup::Metadata flavoured = jujubackup::with_flavour_of(metadata.version, metadata);
  require(jujubackup::with_flavour_of(metadata.version, flavoured) == flavoured, "flavour");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    check({reinterpret_cast<const char*>(data), size});
  } catch (const jujubackup::Error& error) {
    require(error.code() == jujubackup::ErrorCode::corrupt || error.code() == jujubackup::ErrorCode::unsupported ||
                error.code() == jujubackup::ErrorCode::limit,
            error.what());
    require(is_safe_to_show(error.what()), "message");
  }
  return 0;
}
