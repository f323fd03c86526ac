#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include <jujubackup/error.hpp>

#include "base/json.hpp"
#include "base/utf8.hpp"

namespace jujubackup {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_escaped(std::string& out, char32_t rune) {
  switch (rune) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += hex_digits[rune >> shift & 15];
}

bool needs_escape(char32_t rune) {
  // <, > and & so that the text may stand in HTML; the two separators are line ends in JavaScript.
  return rune < 0x20 || rune == '"' || rune == '\\' || rune == '<' || rune == '>' || rune == '&' || rune == 0x2028 || rune == 0x2029;
}

// The digits of the shortest decimal that reads back as `value`, and the power of ten of the first one.
struct Decimal {
  std::string digits;
  int exponent = 0;
};

Decimal shortest_decimal(double value) {
  std::array<char, 64> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
  const auto e = text.find('e');
  Decimal decimal;
  for (const char c : text.substr(0, e)) {
    if (c != '.') decimal.digits += c;
  }
  const std::size_t exponent_at = e + (text[e + 1] == '+' ? 2 : 1);
  std::from_chars(buffer.data() + exponent_at, end, decimal.exponent);
  return decimal;
}

std::string positional(const Decimal& decimal) {
  const auto& digits = decimal.digits;
  if (decimal.exponent < 0) return "0." + std::string(static_cast<std::size_t>(-decimal.exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(decimal.exponent) + 1;
  if (digits.size() <= whole) return digits + std::string(whole - digits.size(), '0');
  return digits.substr(0, whole) + '.' + digits.substr(whole);
}

std::string scientific(const Decimal& decimal) {
  std::string text = decimal.digits.substr(0, 1);
  if (decimal.digits.size() > 1) text += '.' + decimal.digits.substr(1);
  // At least two digits after e+, but one is enough after e-.
  return text + (decimal.exponent < 0 ? fmt::format("e-{}", -decimal.exponent) : fmt::format("e+{:02}", decimal.exponent));
}

std::string number_text(double value) {
  if (!std::isfinite(value)) throw Error(ErrorCode::invalid_argument, "a number that is not finite has no JSON form");
  const double size = std::fabs(value);
  const Decimal decimal = shortest_decimal(size);
  const bool is_far_out = size != 0 && (size < 1e-6 || size >= 1e21);
  return (std::signbit(value) ? "-" : "") + (is_far_out ? scientific(decimal) : positional(decimal));
}

class Writer {
 public:
  explicit Writer(JsonStyle style) : style_(style) {}

  void write(const Value& value) {
    if (const auto* object = value.object()) return write_object(*object);
    if (const auto* array = value.array()) return write_array(*array);
    if (const auto* string = value.string()) return append_json_string(out_, *string);
    if (const auto* boolean = value.boolean()) {
      out_ += *boolean ? "true" : "false";
    } else if (const auto* integer = value.integer()) {
      out_ += std::to_string(*integer);
    } else if (const auto* big = value.unsigned_integer()) {
      out_ += std::to_string(*big);
    } else if (const auto* real = value.real()) {
      out_ += number_text(*real);
    } else {
      out_ += "null";
    }
  }

  std::string take() {
    if (style_ == JsonStyle::indented) out_ += '\n';
    return std::move(out_);
  }

 private:
  void write_object(const Value::Object& object) {
    out_ += '{';
    ++depth_;
    for (std::size_t i = 0; i < object.size(); ++i) {
      begin_item(i);
      append_json_string(out_, object[i].first);
      out_ += style_ == JsonStyle::indented ? ": " : ":";
      write(object[i].second);
    }
    end_items(object.empty(), '}');
  }

  void write_array(const Value::Array& array) {
    out_ += '[';
    ++depth_;
    for (std::size_t i = 0; i < array.size(); ++i) {
      begin_item(i);
      write(array[i]);
    }
    end_items(array.empty(), ']');
  }

  void begin_item(std::size_t index) {
    if (index > 0) out_ += ',';
    new_line();
  }

  void end_items(bool none, char bracket) {
    --depth_;
    if (!none) new_line();
    out_ += bracket;
  }

  void new_line() {
    if (style_ == JsonStyle::compact) return;
    out_ += '\n';
    out_.append(depth_ * 2, ' ');
  }

  JsonStyle style_;
  std::size_t depth_ = 0;
  std::string out_;
};

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    if (!rune.valid) {
      out += "\\ufffd";
    } else if (needs_escape(rune.value)) {
      append_escaped(out, rune.value);
    } else {
      out += text.substr(at, rune.length);
    }
    at += rune.length;
  }
  out += '"';
}

std::string write_json(const Value& value, JsonStyle style) {
  Writer writer(style);
  writer.write(value);
  return writer.take();
}

}  // namespace jujubackup
