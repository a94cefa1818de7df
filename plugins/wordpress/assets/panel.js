// The panel beside a post in the block editor: no shelves, picked posts, what the server counted.
( function ( { plugins, editPost, editor, element, components, data, htmlEntities, i18n, apiFetch }, facts ) {
	const el = element.createElement, { useEffect, useRef, useState } = element, words = i18n.__, NONE = [];
	// Before WordPress 6.6 it is in the other package.
	const Panel = ( editor && editor.PluginDocumentSettingPanel ) || editPost.PluginDocumentSettingPanel;
	const titleOf = ( post ) => htmlEntities.decodeEntities( ( post.title && ( post.title.rendered || post.title.raw ) ) || '#' + post.id );

	function Figures( { id } ) {
		const [ told, tell ] = useState( null );
		useEffect( () => {
			let here = true;
			apiFetch( { path: '/recirc/v1/figures/' + id } ).then( ( found ) => here && tell( found ), ( error ) => here && tell( { error: error.message } ) );
			return () => { here = false; };
		}, [ id ] );
		if ( ! told ) return el( 'p', null, words( 'Asking the server …', 'recirc' ) );
		if ( told.error ) return el( 'p', { role: 'status' }, told.error );
		const rows = [
			[ words( 'Readers, 24 h', 'recirc' ), told.day === null ? '–' : told.day.toLocaleString() ],
			[ words( 'Readers', 'recirc' ), told.readers.toLocaleString() ],
			[ words( 'Views', 'recirc' ), told.views.toLocaleString() ],
		];
		return el( 'table', { className: 'recirc-figures' }, el( 'tbody', null, rows.map( ( [ name, value ] ) =>
			el( 'tr', { key: name }, el( 'th', { scope: 'row', style: { textAlign: 'start', fontWeight: 400, paddingInlineEnd: '1em' } }, name ), el( 'td', null, value ) )
		) ) );
	}

	function Picks( { id, picks, set } ) {
		const [ typed, type ] = useState( '' ), timer = useRef();
		// One request for a word, not for each of its letters.
		const typeSoon = ( text ) => {
			clearTimeout( timer.current );
			timer.current = setTimeout( () => type( text ), 300 );
		};
		useEffect( () => () => clearTimeout( timer.current ), [] );
		const { chosen, found } = data.useSelect( ( select ) => {
			const posts = ( query ) => select( 'core' ).getEntityRecords( 'postType', 'post', { _fields: 'id,title', status: 'publish', context: 'view', ...query } ) || NONE;
			return {
				chosen: picks.length ? posts( { include: picks, per_page: facts.most } ) : NONE,
				found: posts( { search: typed, exclude: [ id, ...picks ], per_page: 10 } ),
			};
		}, [ typed, id, picks.join() ] );
		const moved = ( from, to ) => {
			const next = [ ...picks ];
			next.splice( to, 0, ...next.splice( from, 1 ) );
			set( next );
		};
		const list = useRef();
		const remove = ( pick ) => {
			set( picks.filter( ( each ) => each !== pick ) );
			list.current.focus(); // The button that had it is gone.
		};
		const name = ( pick ) => titleOf( chosen.find( ( post ) => post.id === pick ) || { id: pick } );
		const button = ( icon, label, pick, more ) => el( components.Button, { icon, label: i18n.sprintf( label, name( pick ) ), size: 'small', ...more } );
		return el( element.Fragment, null,
			el( components.ComboboxControl, {
				__nextHasNoMarginBottom: true,
				label: words( 'Picked posts, which lead Related', 'recirc' ),
				help: words( 'Type to find a post.', 'recirc' ),
				value: null,
				options: picks.length < facts.most ? found.map( ( post ) => ( { value: post.id, label: titleOf( post ) } ) ) : [],
				onFilterValueChange: typeSoon,
				onChange: ( pick ) => pick && set( [ ...picks, Number( pick ) ] ),
			} ),
			el( 'ol', { className: 'recirc-picks', ref: list, tabIndex: -1 }, picks.map( ( pick, place ) => el( 'li', { key: pick }, name( pick ), ' ',
				/* translators: %s: title of a post. */
				button( 'arrow-up-alt2', words( 'Move up: %s', 'recirc' ), pick, { 'aria-disabled': ! place, onClick: () => place && moved( place, place - 1 ) } ),
				/* translators: %s: title of a post. */
				button( 'no-alt', words( 'Remove: %s', 'recirc' ), pick, { onClick: () => remove( pick ) } )
			) ) )
		);
	}

	plugins.registerPlugin( 'recirc', {
		icon: null,
		render() {
			const { id, status, meta } = data.useSelect( ( select ) => {
				const post = select( 'core/editor' );
				return { id: post.getCurrentPostId(), status: post.getCurrentPostAttribute( 'status' ), meta: post.getEditedPostAttribute( 'meta' ) || {} };
			}, [] );
			const { editPost: edit } = data.useDispatch( 'core/editor' );
			const set = ( name, value ) => edit( { meta: { [ name ]: value } } );
			return el( Panel, { name: 'recirc', title: 'Recirc', className: 'recirc-panel' },
				facts.figures && status === 'publish' && el( Figures, { id } ),
				el( components.ToggleControl, {
					__nextHasNoMarginBottom: true,
					label: words( 'No shelves beneath this post', 'recirc' ),
					checked: Boolean( meta._recirc_off ),
					onChange: ( value ) => set( '_recirc_off', value ),
				} ),
				facts.picks && el( Picks, { id, picks: meta._recirc_picks || [], set: ( value ) => set( '_recirc_picks', value ) } )
			);
		},
	} );
}( window.wp, window.recircPanel ) );
