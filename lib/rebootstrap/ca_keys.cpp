#include "rebootstrap/ca_keys.hpp"

#include <optional>
#include <string_view>
#include <vector>

#include <jujubackup/error.hpp>
#include <jujubackup/machine.hpp>

#include "archive/layout.hpp"

namespace jujubackup::rebootstrapping {
namespace {

constexpr std::size_t max_conf_bytes = std::size_t{1} << 20;
constexpr std::size_t max_confs = 16;

bool is_whole(const CaKeys& keys) { return !keys.certificate.empty() && !keys.private_key.empty(); }

std::vector<std::string> agent_confs(Archive& archive, Job* job) {
  const std::string prefix = std::string(layout::root_tar) + "/";
  std::vector<std::string> found;
  archive.for_each(
      true,
      [&](const Entry& entry) {
        const std::string_view path = entry.path;
        const bool is_conf = entry.type == EntryType::file && path.starts_with(prefix) && path.ends_with("/agent.conf") &&
                             path.find("/agents/machine-") != std::string_view::npos;
        if (is_conf && found.size() < max_confs) found.push_back(entry.path);
      },
      job);
  return found;
}

}  // namespace

CaKeys read_ca_keys(Archive& archive, Job* job) {
  if (const std::optional<Metadata> record = archive.metadata(job)) {
    CaKeys keys{record->ca_cert.value_or(""), record->ca_private_key.value_or("")};
    if (is_whole(keys)) return keys;
  }
  for (const std::string& path : agent_confs(archive, job)) {
    MemorySink sink(max_conf_bytes);
    archive.read_entry(path, sink, job);
    const AgentConf conf = parse_agent_conf(sink.text());
    CaKeys keys{conf.ca_cert.value_or(""), conf.ca_private_key.value_or("")};
    if (is_whole(keys)) return keys;
  }
  throw Error(ErrorCode::not_found,
              "the backup has no CA certificate with its private key, neither in metadata.json nor in agent.conf: agents and clients would "
              "not trust a controller that is bootstrapped without them");
}

}  // namespace jujubackup::rebootstrapping
