// The only unit that includes nlohmann's header, which takes long to compile.
#include <nlohmann/json.hpp>

#include <jujubackup/error.hpp>

#include "base/json.hpp"

namespace jujubackup {
namespace {

using Library = nlohmann::json;

Error invalid_at(std::size_t byte) { return {ErrorCode::corrupt, "invalid JSON at byte " + std::to_string(byte)}; }

// Builds a Value from the library's events, without its tree: that would drop repeated keys, and it has no limit of depth.
class Builder : public nlohmann::json_sax<Library> {
 public:
  Builder(int max_depth, std::size_t max_values) : max_depth_(max_depth), values_left_(max_values) {}

  Value take() { return std::move(root_); }

  bool null() override { return add(Value()); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(Library::number_integer_t value) override { return add(std::int64_t{value}); }
  bool number_unsigned(Library::number_unsigned_t value) override {
    if (value <= INT64_MAX) return add(static_cast<std::int64_t>(value));
    return add(std::uint64_t{value});
  }
  bool number_float(Library::number_float_t value, const Library::string_t& /*text*/) override {
    // Go writes a negative zero as -0, which reads as the whole number 0: its sign is lost here already.
    return add(value == 0 ? 0.0 : value);
  }
  bool string(Library::string_t& value) override { return add(std::move(value)); }
  bool binary(Library::binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*count*/) override { return open(Frame{Value::Object(), {}, true, {}}); }
  bool key(Library::string_t& value) override {
    frames_.back().key = std::move(value);
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*count*/) override { return open(Frame{{}, Value::Array(), false, {}}); }
  bool end_array() override { return close(); }

  bool parse_error(std::size_t position, const std::string& /*token*/, const Library::exception& /*error*/) override {
    throw invalid_at(position);
  }

 private:
  struct Frame {
    Value::Object object;
    Value::Array array;
    bool is_object = false;
    std::string key;
  };

  bool open(Frame frame) {
    if (frames_.size() >= static_cast<std::size_t>(max_depth_)) throw Error(ErrorCode::limit, "JSON nested too deeply");
    frames_.push_back(std::move(frame));
    return true;
  }

  bool close() {
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    return frame.is_object ? add(std::move(frame.object)) : add(std::move(frame.array));
  }

  bool add(Value value) {
    if (values_left_-- == 0) throw Error(ErrorCode::limit, "JSON holds too many values");
    if (frames_.empty()) {
      root_ = std::move(value);
    } else if (frames_.back().is_object) {
      frames_.back().object.emplace_back(std::move(frames_.back().key), std::move(value));
    } else {
      frames_.back().array.push_back(std::move(value));
    }
    return true;
  }

  int max_depth_;
  std::size_t values_left_;
  std::vector<Frame> frames_;
  Value root_;
};

}  // namespace

Value parse_json(std::string_view text, const TextLimits& limits) {
  if (text.size() > limits.max_bytes) throw Error(ErrorCode::limit, "JSON text too long");
  // The library takes a zero byte for the end of the text and skips a byte order mark; neither is JSON.
  if (const auto zero = text.find('\0'); zero != std::string_view::npos) throw invalid_at(zero + 1);
  if (text.starts_with("\xef\xbb\xbf")) throw invalid_at(1);
  Builder builder(limits.max_depth, limits.max_values);
  if (!Library::sax_parse(text.begin(), text.end(), &builder)) throw Error(ErrorCode::internal, "the JSON reader stopped");
  return builder.take();
}

}  // namespace jujubackup
