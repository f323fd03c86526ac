#include "document.hpp"

#include <array>
#include <cstdio>

namespace cli {
namespace {

struct Rune {
  std::uint32_t code = 0;
  std::size_t length = 1;
  bool valid = false;
};

// The character at the start of a text that is not empty: shortest form only, no surrogates, as RFC 3629 has it.
Rune rune_of(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const unsigned first = byte(0);
  if (first < 0x80) return {first, 1, true};
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < length) return {first, 1, false};
  std::uint32_t code = first & (0x7FU >> length);
  for (std::size_t at = 1; at < length; ++at) {
    if ((byte(at) & 0xC0U) != 0x80) return {first, 1, false};
    code = (code << 6U) | (byte(at) & 0x3FU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  if (overlong || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {first, 1, false};
  return {code, length, true};
}

std::string formatted(const char* format, std::uint32_t code) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, code);
  return buffer.data();
}

bool is_unsafe(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x061C || (code >= 0x200B && code <= 0x200F) ||
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
}

std::string escaped(const Rune& rune) {
  switch (rune.code) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return formatted(rune.code < 0x80 || !rune.valid ? "\\x%02x" : "\\u%04x", rune.code);
  }
}

std::string made_printable(std::string_view text, std::string_view kept, std::string_view backslashed) {
  std::string out;
  while (!text.empty()) {
    const Rune rune = rune_of(text);
    const bool as_is = rune.valid && (!is_unsafe(rune.code) || kept.find(text[0]) != std::string_view::npos);
    if (as_is && backslashed.find(text[0]) != std::string_view::npos) out += '\\';
    out += as_is ? std::string(text.substr(0, rune.length)) : escaped(rune);
    text.remove_prefix(rune.length);
  }
  return out;
}

std::string_view without_newlines_at_end(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

void append_indented(std::string& out, std::string_view text, std::string_view first, std::string_view others) {
  std::string_view prefix = first;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    if (!line.empty()) {
      out += prefix;
      out += line;
    }
    out += '\n';
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    prefix = others;
  }
}

}  // namespace

Document::Document(std::string_view text) : kind_(Kind::scalar), scalar_(json_string(text)) {}

Document::Document(List list) : kind_(Kind::list) {
  for (Document& item : list) map_.emplace_back("", std::move(item));
}

std::string Document::json() const {
  std::string out;
  append_json(out, 0);
  return out + "\n";
}

std::string Document::yaml() const {
  std::string out;
  append_yaml(out, 0);
  if (out.empty() || out.back() != '\n') out += '\n';
  return out;
}

void Document::append_json(std::string& out, std::size_t indent) const {
  if (kind_ == Kind::scalar) {
    out += scalar_;
    return;
  }
  const bool is_map = kind_ == Kind::map;
  out += is_map ? '{' : '[';
  bool first = true;
  for (const auto& [key, item] : map_) {
    out += first ? "\n" : ",\n";
    first = false;
    out.append(indent + 2, ' ');
    if (is_map) out += json_string(key) + ": ";
    item.append_json(out, indent + 2);
  }
  if (!first) {
    out += '\n';
    out.append(indent, ' ');
  }
  out += is_map ? '}' : ']';
}

// Everything that is not empty begins at the current column and ends with a newline; the caller has indented the first line.
void Document::append_yaml(std::string& out, std::size_t indent) const {
  if (kind_ == Kind::scalar) {
    out += scalar_ + "\n";
    return;
  }
  if (map_.empty()) {
    out += kind_ == Kind::map ? "{}\n" : "[]\n";
    return;
  }
  bool first = true;
  for (const auto& [key, item] : map_) {
    if (!first) out.append(indent, ' ');
    first = false;
    if (kind_ == Kind::list) {
      out += "- ";
      item.append_yaml(out, indent + 2);
      continue;
    }
    out += key + ":";
    if (item.kind_ == Kind::scalar || item.map_.empty()) {
      out += ' ';
      item.append_yaml(out, indent);
      continue;
    }
    const std::size_t inner = item.kind_ == Kind::list ? indent : indent + 2;
    out += '\n';
    out.append(inner, ' ');
    item.append_yaml(out, inner);
  }
}

std::string json_list(const std::vector<std::string>& documents) {
  if (documents.empty()) return "[]\n";
  std::string out = "[\n";
  for (std::size_t i = 0; i < documents.size(); ++i) {
    append_indented(out, without_newlines_at_end(documents[i]), "  ", "  ");
    if (i + 1 < documents.size()) {
      out.pop_back();
      out += ",\n";
    }
  }
  return out + "]\n";
}

std::string yaml_list(const std::vector<std::string>& documents) {
  if (documents.empty()) return "[]\n";
  std::string out;
  for (const std::string& document : documents) append_indented(out, without_newlines_at_end(document), "- ", "  ");
  return out;
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const Rune rune = rune_of(text);
    if (!rune.valid) {
      out += "\\ufffd";
    } else if (rune.code == '"' || rune.code == '\\') {
      out += {'\\', text[0]};
    } else if (rune.code == '\n') {
      out += "\\n";
    } else if (rune.code == '\t') {
      out += "\\t";
    } else if (is_unsafe(rune.code)) {
      out += formatted("\\u%04x", rune.code);
    } else {
      out += text.substr(0, rune.length);
    }
    text.remove_prefix(rune.length);
  }
  return out + "\"";
}

std::string printable(std::string_view text) { return made_printable(text, "", ""); }

std::string printable_lines(std::string_view text) { return made_printable(text, "\n\t", ""); }

std::string quoted(std::string_view text) {
  std::string out = "\"";
  out += made_printable(text, "", "\"\\");
  return out + "\"";
}

}  // namespace cli
