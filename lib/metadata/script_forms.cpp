#include <jujubackup/metadata.hpp>

#include "base/json.hpp"
#include "base/yaml.hpp"

namespace jujubackup {
namespace {

class Members {
 public:
  void add(const char* key, const std::string& text) {
    if (!text.empty() && text != metadata_unknown_string) out_.emplace_back(key, text);
  }
  void add(const char* key, const std::optional<std::string>& text) {
    if (text) add(key, *text);
  }
  void add(const char* key, const Timestamp& time) {
    if (!time.is_zero()) out_.emplace_back(key, time.rfc3339());
  }
  void add(const char* key, const JujuVersion& version) {
    if (!version.is_zero() && !version.is_unknown()) out_.emplace_back(key, version.to_string());
  }
  void add(const char* key, std::int64_t number) {
    if (number != 0) add_with_zero(key, number);
  }
  void add_with_zero(const char* key, std::int64_t number) {
    if (number != metadata_unknown_integer) out_.emplace_back(key, number);
  }
  Value take() { return std::move(out_); }

 private:
  Value::Object out_;
};

Value script_form(const Metadata& metadata) {
  Members out;
  out.add("id", metadata.id);
  out.add_with_zero("format-version", metadata.format_version);
  out.add("juju-version", metadata.version);
  out.add("series", metadata.series);
  out.add("base", metadata.base);
  out.add("controller-uuid", metadata.controller_uuid);
  out.add("ha-nodes", metadata.ha_nodes);
  out.add("controller-machine-id", metadata.controller_machine_id);
  out.add("controller-machine-instance-id", metadata.controller_machine_instance_id);
  out.add("model-uuid", metadata.model_uuid);
  out.add("machine", metadata.machine);
  out.add("hostname", metadata.hostname);
  out.add("started", metadata.started);
  out.add("finished", metadata.finished);
  out.add("stored", metadata.stored);
  out.add("checksum", metadata.checksum);
  out.add("checksum-format", metadata.checksum_format);
  out.add("size-bytes", metadata.size_bytes);
  out.add("notes", metadata.notes);
  out.add("ca-cert", metadata.ca_cert);
  return out.take();
}

}  // namespace

std::string to_json(const Metadata& metadata) { return write_json(script_form(metadata)); }

std::string to_yaml(const Metadata& metadata) { return write_yaml(script_form(metadata)); }

}  // namespace jujubackup
