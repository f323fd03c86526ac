#include "database/bson_file.hpp"

#include <algorithm>

#include <jujubackup/error.hpp>

#include "bson/builder.hpp"
#include "io/tree_files.hpp"
#include "io/walk.hpp"

namespace jujubackup::database {
namespace {

constexpr std::size_t buffer_bytes = std::size_t{256} << 10;

std::uint32_t length_of(std::span<const std::byte> bytes) {
  std::uint32_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) length |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  return length;
}

}  // namespace

BsonReader::BsonReader(const std::string& path) : path_(path) {
  if (look_at(path).kind != FileKind::file) throw Error(ErrorCode::not_found, path + ": no such file");
  source_ = open_file(path);
}

// Whether the buffer holds `bytes` from at_.
bool BsonReader::fill(std::size_t bytes) {
  if (buffer_.size() - at_ >= bytes) return true;
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(at_));
  at_ = 0;
  while (buffer_.size() < bytes) {
    // In pieces, since the length may be a lie.
    const std::size_t old = buffer_.size();
    buffer_.resize(old + std::max(buffer_bytes, std::min(bytes - old, old)));
    const std::size_t got = source_->read(std::span(buffer_).subspan(old));
    buffer_.resize(old + got);
    if (got == 0) return false;
  }
  return true;
}

std::optional<std::span<const std::byte>> BsonReader::next() {
  const auto corrupt = [&](const std::string& why) {
    return Error(ErrorCode::corrupt, path_ + ": at offset " + std::to_string(offset_) + ": " + why);
  };
  if (!fill(4)) {
    if (buffer_.size() != at_) throw corrupt("the file ends inside of a document");
    return std::nullopt;
  }
  const std::uint32_t length = length_of(std::span(buffer_).subspan(at_));
  if (length < bson::min_document_bytes || length > bson::max_document_bytes) throw corrupt("a document of an impossible length");
  if (!fill(length)) throw corrupt("the file ends inside of a document");
  const auto document = std::span<const std::byte>(buffer_).subspan(at_, length);
  try {
    bson::check_document(document);
  } catch (const Error& error) {
    throw corrupt(error.message());
  }
  at_ += length;
  offset_ += length;
  return document;
}

BsonWriter::BsonWriter(const std::string& path) : name_(path.substr(path.rfind('/') + 1)), file_(parent_of(path)) {}

void BsonWriter::write(std::span<const std::byte> bytes) {
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  if (buffer_.size() >= buffer_bytes) flush();
}

void BsonWriter::flush() {
  file_.write(buffer_);
  buffer_.clear();
}

void BsonWriter::publish() {
  flush();
  file_.publish(name_, true);
}

void make_durable_directory(const std::string& path) {
  if (look_at(path).kind == FileKind::directory) return;
  const std::string parent = parent_of(path);
  if (parent != path) make_durable_directory(parent);
  make_directories(path);
  sync_directory_of(path);
}

void remove_durably(const std::string& path) {
  if (look_at(path).kind == FileKind::missing) return;
  remove_tree(path);
  sync_directory_of(path);
}

}  // namespace jujubackup::database
