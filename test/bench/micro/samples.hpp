// What the micro-benchmarks work on: a tree that make_controller_tree.py made, as a whole and by class of data.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <jujubackup/archive_writer.hpp>

#include "archive/plan.hpp"
#include "base/buffer.hpp"

namespace jujubackup::bench {

using Bytes = Buffer;

struct Sample {
  std::string name;
  Bytes bytes;
};

struct Samples {
  ArchiveInput input;           // all of the tree
  Plan plan;                    // of an archive of it
  Bytes tar;                    // the content of that archive, without manifest and end
  std::vector<Sample> classes;  // some MiB of each class of data
};

Samples load_samples(const std::string& tree);

// The content cut as the members of an archive are.
std::vector<std::span<const std::byte>> blocks_of(std::span<const std::byte> content);

// Each file of benchmarks registers its own. The samples must outlive the run.
void register_bson(const Samples& samples);
void register_deflate(const Samples& samples);
void register_digests(const Samples& samples);
void register_members(const Samples& samples);
void register_metadata();
void register_tar(const Samples& samples);

}  // namespace jujubackup::bench
