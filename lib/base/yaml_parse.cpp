#include <yaml.h>

#include <algorithm>
#include <charconv>
#include <memory>
#include <unordered_set>

#include <jujubackup/error.hpp>

#include "base/yaml.hpp"

namespace jujubackup {
namespace {

struct ParserDeleter {
  void operator()(yaml_parser_t* parser) const noexcept {
    yaml_parser_delete(parser);
    delete parser;
  }
};

struct Event : yaml_event_t {
  Event() : yaml_event_t{} {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(this); }

  std::size_t line() const { return start_mark.line + 1; }
};

Error invalid_at(std::size_t line) { return {ErrorCode::corrupt, "invalid YAML at line " + std::to_string(line)}; }

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// A whole number of the core rules, in base 10, 0o or 0x. One beyond 64 bits stays text.
Value number_or_text(std::string_view text) {
  std::string_view digits = text;
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    base = text[1] == 'x' ? 16 : 8;
    digits.remove_prefix(2);
  } else if (text.starts_with('+')) {
    digits.remove_prefix(1);
  }
  const char* const end = digits.data() + digits.size();
  // from_chars takes a minus, which may stand only before a decimal without another sign.
  if (digits.empty() || (digits.front() == '-' && digits.size() != text.size())) return text;
  std::int64_t number = 0;
  if (const auto [stop, error] = std::from_chars(digits.data(), end, number, base); error == std::errc() && stop == end) return number;
  std::uint64_t big = 0;
  if (const auto [stop, error] = std::from_chars(digits.data(), end, big, base); error == std::errc() && stop == end) return big;
  return text;
}

Value plain_scalar(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return {};
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  return number_or_text(text);
}

class Reader {
 public:
  Reader(std::string_view text, int max_depth) : text_(text), depth_left_(max_depth), parser_(new yaml_parser_t) {
    if (yaml_parser_initialize(parser_.get()) == 0) throw Error(ErrorCode::internal, "libyaml is out of memory");
    // Without this a byte order mark would choose the encoding.
    yaml_parser_set_encoding(parser_.get(), YAML_UTF8_ENCODING);
    // libyaml asserts that there is a pointer, also to nothing.
    const char* const bytes = text.empty() ? "" : text.data();
    yaml_parser_set_input_string(parser_.get(), reinterpret_cast<const unsigned char*>(bytes), text.size());
  }

  Value read() {
    expect(YAML_STREAM_START_EVENT);
    Value value;
    Event event;
    next(event);
    if (event.type == YAML_STREAM_END_EVENT) return value;
    if (event.type != YAML_DOCUMENT_START_EVENT) throw invalid_at(event.line());
    Event first;
    next(first);
    value = node(first);
    expect(YAML_DOCUMENT_END_EVENT);
    expect(YAML_STREAM_END_EVENT);
    return value;
  }

 private:
  void next(Event& event) {
    if (yaml_parser_parse(parser_.get(), &event) != 0) return;
    if (parser_->error == YAML_MEMORY_ERROR) throw std::bad_alloc();
    // The part that decodes characters knows only the offset.
    if (parser_->error == YAML_READER_ERROR) {
      const auto seen = text_.substr(0, std::min(parser_->problem_offset, text_.size()));
      throw invalid_at(static_cast<std::size_t>(std::count(seen.begin(), seen.end(), '\n')) + 1);
    }
    throw invalid_at(parser_->problem_mark.line + 1);
  }

  void expect(yaml_event_type_t type) {
    Event event;
    next(event);
    if (event.type != type) throw invalid_at(event.line());
  }

  Value node(const Event& event) {
    switch (event.type) {
      case YAML_SCALAR_EVENT: return scalar(event);
      case YAML_SEQUENCE_START_EVENT: {
        const auto& data = event.data.sequence_start;
        if (data.anchor != nullptr || data.tag != nullptr) throw invalid_at(event.line());
        return nested([this] { return sequence(); });
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& data = event.data.mapping_start;
        if (data.anchor != nullptr || data.tag != nullptr) throw invalid_at(event.line());
        return nested([this] { return mapping(); });
      }
      default: throw invalid_at(event.line());
    }
  }

  template <typename Read>
  Value nested(Read read) {
    if (depth_left_ <= 0) throw Error(ErrorCode::limit, "YAML nested too deeply");
    --depth_left_;
    Value value = read();
    ++depth_left_;
    return value;
  }

  static std::string scalar_text(const Event& event) {
    const auto& data = event.data.scalar;
    if (data.anchor != nullptr || data.tag != nullptr) throw invalid_at(event.line());
    return {reinterpret_cast<const char*>(data.value), data.length};
  }

  static Value scalar(const Event& event) {
    std::string text = scalar_text(event);
    if (event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE) return plain_scalar(text);
    return text;
  }

  Value sequence() {
    Value::Array items;
    for (;;) {
      Event event;
      next(event);
      if (event.type == YAML_SEQUENCE_END_EVENT) return items;
      items.push_back(node(event));
    }
  }

  Value mapping() {
    Value::Object members;
    std::unordered_set<std::string> keys;
    for (;;) {
      Event event;
      next(event);
      if (event.type == YAML_MAPPING_END_EVENT) return members;
      if (event.type != YAML_SCALAR_EVENT) throw invalid_at(event.line());
      std::string key = scalar_text(event);
      if (!keys.insert(key).second) throw Error(ErrorCode::corrupt, "repeated key at line " + std::to_string(event.line()));
      Event value;
      next(value);
      members.emplace_back(std::move(key), node(value));
    }
  }

  std::string_view text_;
  int depth_left_;
  std::unique_ptr<yaml_parser_t, ParserDeleter> parser_;
};

}  // namespace

Value parse_yaml(std::string_view text, const TextLimits& limits) {
  if (text.size() > limits.max_bytes) throw Error(ErrorCode::limit, "YAML text too long");
  return Reader(text, limits.max_depth).read();
}

}  // namespace jujubackup
