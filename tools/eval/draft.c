#include "eval/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

double eval_draft_value(eval_draft *draft, eval_range range) {
    return eval_dice_between(&draft->dice, range[draft->strength][0], range[draft->strength][1]);
}

void eval_draft_note(eval_draft *draft, const char *format, ...) {
    size_t used = strlen(draft->parameters);
    va_list arguments;
    if (used > 0 && used + 1 < sizeof draft->parameters)
        strcpy(draft->parameters + used++, " ");
    va_start(arguments, format);
    (void)vsnprintf(draft->parameters + used, sizeof draft->parameters - used, format, arguments);
    va_end(arguments);
}

const eval_picture *eval_draft_filler(eval_draft *draft) {
    return &draft->fillers[eval_dice_below(&draft->dice, draft->filler_count)];
}

eval_colour eval_draft_colour(eval_draft *draft) {
    static const eval_colour colours[] = {{{211, 32, 39}}, {{16, 84, 156}}, {{250, 190, 10}},
                                          {{24, 122, 62}}, {{96, 36, 130}}, {{20, 20, 24}},
                                          {{238, 92, 20}}, {{0, 150, 160}}, {{226, 40, 130}}};
    return colours[eval_dice_below(&draft->dice, (int)(sizeof colours / sizeof *colours))];
}
