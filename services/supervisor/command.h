/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#pragma once

/*
 * command: what can be asked at the prompt. A line is a command's name and, for
 * some, one argument that reaches to the end of the line. An empty line is
 * nothing; a line that is no command gets a sentence that helps.
 */
void command_run(char *line);
