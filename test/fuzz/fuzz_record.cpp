// The file beside an archive, which anybody with a text editor may have changed: only an Error comes out of bad ones, and a good one
// survives being written.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include <jujubackup/error.hpp>
#include <jujubackup/store.hpp>

#include "base/json.hpp"
#include "base/yaml.hpp"
#include "store/record.hpp"

namespace {

using jujubackup::ErrorCode;

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void check(std::string_view text) {
  const jujubackup::BackupRecord record = jujubackup::parse_record(text);
  require(!record.metadata.ca_private_key, "the CA key came back");
  require(jujubackup::is_archive_name(record.file_name) && !jujubackup::record_name(record.file_name).empty(), "name");

  const std::string written = jujubackup::write_record(record);
  const jujubackup::BackupRecord again = jujubackup::parse_record(written);
  require(again.metadata == record.metadata, "metadata read twice");
  require(again.id == record.id && again.file_name == record.file_name && again.size_bytes == record.size_bytes, "file read twice");
  require(again.sha1_base64 == record.sha1_base64 && again.sha256_hex == record.sha256_hex, "digests read twice");
  require(again.verified == record.verified && again.adopted == record.adopted, "state read twice");
  // The thousandth and what follows becomes one line.
  if (record.warnings.size() <= 1000) require(again.warnings == record.warnings, "warnings read twice");
  require(jujubackup::write_record(again) == written || record.warnings.size() > 1000, "written twice");

  const std::string json = jujubackup::to_json(record);
  require(jujubackup::write_json(jujubackup::parse_json(json, {json.size(), 32})) == json, "JSON for scripts");
  const std::string yaml = jujubackup::to_yaml(record);
  require(jujubackup::write_json(jujubackup::parse_yaml(yaml, {yaml.size(), 32})) == json, "YAML for scripts");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Beyond this the warnings may be cut by their length.
  if (size > std::size_t{256} * 1024) return 0;
  try {
    check({reinterpret_cast<const char*>(data), size});
  } catch (const jujubackup::Error& error) {
    require(error.code() == ErrorCode::corrupt || error.code() == ErrorCode::unsupported || error.code() == ErrorCode::limit, error.what());
    require(std::string_view(error.what()).size() < 200, "message");
  }
  return 0;
}
