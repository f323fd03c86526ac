#include <yaml.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include <jujubackup/error.hpp>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "base/yaml.hpp"

namespace jujubackup {
namespace {

struct EmitterDeleter {
  void operator()(yaml_emitter_t* emitter) const noexcept {
    yaml_emitter_delete(emitter);
    delete emitter;
  }
};

std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '_')) ++end;
  return end - at;
}

// Numbers of any YAML version: 1, -1_000, .5, 1e3, 0x1f, 0b1, 12:30:45 (base 60), .inf, .nan; also dates, since those begin alike.
bool looks_like_number(std::string_view text) {
  std::size_t at = text.starts_with('-') || text.starts_with('+') ? 1 : 0;
  const std::string_view unsigned_text = text.substr(at);
  if (equal_ignoring_case(unsigned_text, ".inf") || equal_ignoring_case(unsigned_text, ".nan")) return true;
  if (unsigned_text.size() > 2 && unsigned_text[0] == '0' && std::string_view("xob").find(unsigned_text[1]) != std::string_view::npos) {
    return unsigned_text.find_first_not_of("0123456789abcdefABCDEF_", 2) == std::string_view::npos;
  }
  const std::size_t whole = digits_at(text, at);
  at += whole;
  if (at == 4 && whole == 4 && at < text.size() && text[at] == '-') {
    // 2016-11-02, alone or with a time behind it; a UUID may begin with four digits and a letter only.
    return text.find_first_not_of("0123456789-", at) == std::string_view::npos || text.find_first_of(":T ") != std::string_view::npos;
  }
  while (at < text.size() && text[at] == ':') at += 1 + digits_at(text, at + 1);
  std::size_t fraction = 0;
  if (at < text.size() && text[at] == '.') {
    fraction = digits_at(text, at + 1);
    at += 1 + fraction;
  }
  if (whole + fraction == 0) return false;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const std::size_t exponent = digits_at(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

// Whether some YAML reader would take the text for something else than a string.
bool is_ambiguous(std::string_view text) {
  for (const std::string_view word : {"", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", "="}) {
    if (equal_ignoring_case(text, word)) return true;
  }
  return looks_like_number(text);
}

// Block scalars keep only line feeds: readers fold the other line ends of YAML 1.1 into them.
bool fits_block(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == '\n' || text.front() == ' ') return false;
  for (std::size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    if (rune.value != '\n' && !is_printable(rune.value)) return false;
    at += rune.length;
  }
  return text.find(" \n") == std::string_view::npos && text.back() != ' ';
}

yaml_scalar_style_t style_of(std::string_view text) {
  if (fits_block(text)) return YAML_LITERAL_SCALAR_STYLE;
  if (is_ambiguous(text) || text.find('\n') != std::string_view::npos) return YAML_DOUBLE_QUOTED_SCALAR_STYLE;
  return YAML_PLAIN_SCALAR_STYLE;  // the emitter quotes where it must
}

class Writer {
 public:
  Writer() : emitter_(new yaml_emitter_t) {
    check(yaml_emitter_initialize(emitter_.get()));
    yaml_emitter_set_output(
        emitter_.get(),
        [](void* out, unsigned char* bytes, std::size_t size) {
          static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), size);
          return 1;
        },
        &out_);
    yaml_emitter_set_unicode(emitter_.get(), 1);
    yaml_emitter_set_width(emitter_.get(), -1);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  std::string write(const Value& value) {
    yaml_event_t event;
    check(yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING));
    emit(event);
    check(yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1));
    emit(event);
    node(value);
    check(yaml_document_end_event_initialize(&event, 1));
    emit(event);
    check(yaml_stream_end_event_initialize(&event));
    emit(event);
    return std::move(out_);
  }

 private:
  void check(int ok) const {
    if (ok == 0) throw Error(ErrorCode::internal, "libyaml cannot write a value");
  }

  void emit(yaml_event_t& event) { check(yaml_emitter_emit(emitter_.get(), &event)); }

  void node(const Value& value) {
    if (const auto* object = value.object()) return mapping(*object);
    if (const auto* array = value.array()) return sequence(*array);
    if (const auto* string = value.string()) return text(*string);
    if (const auto* boolean = value.boolean()) return scalar(*boolean ? "true" : "false", YAML_PLAIN_SCALAR_STYLE);
    if (const auto* integer = value.integer()) return scalar(std::to_string(*integer), YAML_PLAIN_SCALAR_STYLE);
    if (const auto* big = value.unsigned_integer()) return scalar(std::to_string(*big), YAML_PLAIN_SCALAR_STYLE);
    if (const auto* real = value.real()) return number(*real);
    scalar("null", YAML_PLAIN_SCALAR_STYLE);
  }

  void mapping(const Value::Object& members) {
    yaml_event_t event;
    check(yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_MAPPING_STYLE));
    emit(event);
    for (const auto& [key, value] : members) {
      text(key);
      node(value);
    }
    check(yaml_mapping_end_event_initialize(&event));
    emit(event);
  }

  void sequence(const Value::Array& items) {
    yaml_event_t event;
    check(yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1, YAML_BLOCK_SEQUENCE_STYLE));
    emit(event);
    for (const auto& item : items) node(item);
    check(yaml_sequence_end_event_initialize(&event));
    emit(event);
  }

  void text(std::string_view bytes) {
    const std::string valid = to_valid_utf8(bytes);
    scalar(valid, style_of(valid));
  }

  void number(double value) {
    char buffer[64];
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), value).ptr;
    std::string digits(std::begin(buffer), end);
    if (digits.ends_with("inf") || digits.ends_with("nan")) digits.insert(digits.size() - 3, 1, '.');
    scalar(digits, YAML_PLAIN_SCALAR_STYLE);
  }

  void scalar(std::string_view bytes, yaml_scalar_style_t style) {
    yaml_event_t event;
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    check(yaml_scalar_event_initialize(&event, nullptr, nullptr, data, static_cast<int>(bytes.size()), 1, 1, style));
    emit(event);
  }

  std::string out_;
  std::unique_ptr<yaml_emitter_t, EmitterDeleter> emitter_;
};

}  // namespace

std::string write_yaml(const Value& value) { return Writer().write(value); }

}  // namespace jujubackup
