// YAML and JSON texts: only an Error comes out of bad ones, and the values of a good one survive being written either way.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <jujubackup/error.hpp>

#include "base/json.hpp"
#include "base/yaml.hpp"

namespace {

using jujubackup::parse_json;
using jujubackup::parse_yaml;
using jujubackup::TextLimits;
using jujubackup::Value;
using jujubackup::write_json;
using jujubackup::write_yaml;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

constexpr TextLimits wide{std::size_t{1} << 26, 32};

void check_yaml(std::string_view text) {
  const Value value = parse_yaml(text);
  const std::string json = write_json(value);
  require(write_json(parse_json(json, wide)) == json, "JSON read back");
  const std::string yaml = write_yaml(value);
  const Value again = parse_yaml(yaml, wide);
  require(write_json(again) == json, "YAML read back");
  require(write_yaml(again) == yaml, "YAML written twice");
}

void check_json(std::string_view text) {
  const Value value = parse_json(text);
  const std::string json = write_json(value);
  const Value again = parse_json(json, wide);
  require(write_json(again) == json, "JSON written twice");
  require(write_json(parse_json(write_json(value, jujubackup::JsonStyle::indented), wide)) == json, "indented JSON read back");
  // Repeated keys are JSON, but not YAML; anything else must do.
  const std::string yaml = write_yaml(value);
  try {
    parse_yaml(yaml, wide);
  } catch (const jujubackup::Error& error) {
    require(error.message().starts_with("repeated key at line "), yaml.c_str());
  }
}

template <typename Check>
void only_errors(Check check, std::string_view text) {
  try {
    check(text);
  } catch (const jujubackup::Error& error) {
    require(error.code() == jujubackup::ErrorCode::corrupt || error.code() == jujubackup::ErrorCode::limit, error.what());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  only_errors(check_yaml, text);
  only_errors(check_json, text);
  return 0;
}
