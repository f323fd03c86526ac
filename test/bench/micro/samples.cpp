#include "samples.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <jujubackup/machine.hpp>

#include "archive/block.hpp"

namespace jujubackup::bench {
namespace {

constexpr std::size_t class_bytes = std::size_t{8} << 20;

Bytes read_file(const std::filesystem::path& path, std::size_t limit_bytes) {
  Bytes bytes(std::min<std::size_t>(std::filesystem::file_size(path), limit_bytes));
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return bytes;
}

// All collections of the folder but the large ones: documents of many kinds.
Bytes read_documents(const std::filesystem::path& folder) {
  Bytes bytes;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".bson" && entry.path().stem() != "statuseshistory") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  for (const auto& path : paths) {
    const Bytes some = read_file(path, class_bytes / 4);
    bytes.insert(bytes.end(), some.begin(), some.end());
  }
  return bytes;
}

ArchiveInput input_of(const std::filesystem::path& tree) {
  ControllerPlace place;
  place.root = tree / "root";
  const AgentConf conf = read_agent_conf(place);
  ArchiveInput input;
  input.metadata = with_flavour_of(conf.version, Metadata{});
  input.metadata.version = conf.version;
  input.root_files = find_controller_files(place, conf.version, input.warnings);
  input.dump_files = gather_dump(tree / "juju-backup" / "dump");
  return input;
}

}  // namespace

Samples load_samples(const std::string& tree) {
  Samples samples;
  samples.input = input_of(tree);
  samples.plan = make_plan(samples.input, false, nullptr);
  BlockProducer producer(samples.plan, Level::fast);
  ProducedBlock produced;
  for (const Block& block : samples.plan.blocks) {
    producer.produce(block, produced);
    samples.tar.insert(samples.tar.end(), produced.content.begin(), produced.content.end());
  }
  const std::filesystem::path top(tree), dump = top / "juju-backup" / "dump";
  samples.classes.push_back({"status-history", read_file(dump / "juju" / "statuseshistory.bson", class_bytes)});
  samples.classes.push_back({"documents", read_documents(dump / "juju")});
  samples.classes.push_back({"charms", read_file(dump / "blobstore" / "blobstore.chunks.bson", class_bytes)});
  samples.classes.push_back({"programs", read_file(top / "root/var/lib/juju/tools/3.5.4-ubuntu-amd64/jujud", class_bytes)});
  return samples;
}

std::vector<std::span<const std::byte>> blocks_of(std::span<const std::byte> content) {
  std::vector<std::span<const std::byte>> blocks;
  while (!content.empty()) {
    const std::size_t size = std::min<std::size_t>(content.size(), Plan::block_bytes);
    blocks.push_back(content.first(size));
    content = content.subspan(size);
  }
  return blocks;
}

}  // namespace jujubackup::bench
