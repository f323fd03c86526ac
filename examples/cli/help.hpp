// Texts made from the table of commands.
#pragma once

#include <string>
#include <string_view>

#include "command.hpp"

namespace cli {

// "jujubackup", or "juju" when it was called as juju-<command>: how help names the program.
void set_program_name(std::string name);

std::string overview_text();
std::string help_text(const Command& command);
// The manual page, as roff.
std::string manual_page();
// Shell completion: bash, zsh or fish.
std::string completion_script(std::string_view shell);

// `text` in lines of at most `width`; lines that are indented stay as they are.
std::string wrapped(std::string_view text, std::size_t width);

}  // namespace cli
